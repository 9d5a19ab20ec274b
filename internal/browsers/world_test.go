package browsers

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

const (
	host     = "app.example.com"
	neighbor = "blog.example.com" // may set cookies on the parent domain
	parent   = "example.com"

	maxSkew = 2500 * time.Millisecond
	maxLife = 4 * time.Second // of a request, from its start to its answer
)

// world is one episode: a configuration, the servers, and all who use them.
type world struct {
	*rand.Rand
	tally *tally
	step  int
	now   time.Time

	store   *memstore.Store
	config  atomicsession.Options
	name    string // of the cookie
	domain  string // that the browsers keep it under
	limits  lifetimes
	servers []*server

	ledger  map[driver.ID]*record
	records []*record // the same, in the order of their beginning
	needs   map[int]need
	item    int // the last one written

	browsers []*browser
	thieves  []*thief
	flying   []*request

	trace []string
	wrong []string // what violates a rule
}

// need is what somebody must know who may read an item.
type need struct {
	user   string
	factor bool
}

// server is one process of the site, as it was started.
type server struct {
	w      *world
	skew   time.Duration
	limits lifetimes
	*atomicsession.Manager
	handler http.Handler
}

func (s *server) now() time.Time { return s.w.now.Add(s.skew).UTC() }

// key is of this deployment, strangersKey of the one next door.
var key, strangersKey = atomicsession.SigningKey(strings.Repeat("k", 32)), atomicsession.SigningKey(strings.Repeat("s", 32))

func newWorld(r *rand.Rand, t *tally) *world {
	w := &world{
		Rand: r, tally: t, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		store: memstore.New(nil), ledger: make(map[driver.ID]*record), needs: make(map[int]need),
		name: "__Host-session", domain: host,
	}
	w.config.StoreTimeout = time.Hour // of real time: nothing here waits
	w.config.Cookie.SameSite = pick(w, http.SameSiteLaxMode, http.SameSiteStrictMode, http.SameSiteNoneMode)
	if w.chance(50) {
		w.config.SigningKeys = []atomicsession.SigningKey{key}
	}
	if w.chance(50) {
		w.config.Realm = "shop"
	}
	if w.chance(50) {
		w.config.Cookie.Domain, w.name = host, "__Secure-session"
	}
	w.limits = lifetimes{max: 40 * time.Minute, anonymous: pick(w, 40*time.Minute, 25*time.Minute), absolute: pick(w, 0, 2*time.Hour)}
	w.limits.touch = w.limits.max / 24
	for _, skew := range []time.Duration{0, time.Duration(w.Int64N(int64(2*maxSkew))) - maxSkew} {
		w.servers = append(w.servers, w.start(skew.Truncate(time.Millisecond), w.limits))
	}
	for i := range 2 {
		w.browsers = append(w.browsers, &browser{w: w, name: fmt.Sprint("b", i), old: w.chance(25), owner: []string{"ann", "carl"}[i]})
	}
	return w
}

// start starts a server with the configuration and these lifetimes.
func (w *world) start(skew time.Duration, l lifetimes) *server {
	s := &server{w: w, skew: skew, limits: l}
	opts := w.config
	opts.MaxAge, opts.AnonymousMaxAge, opts.AbsoluteMaxAge, opts.TouchInterval = l.max, l.anonymous, l.absolute, l.touch
	opts.Now = s.now
	opts.CSRF.Denied = http.HandlerFunc(denied)
	s.Manager = w.manager(&opts)
	s.handler = s.Middleware(app(s.Manager))
	return s
}

func (w *world) manager(opts *atomicsession.Options) *atomicsession.Manager {
	m, err := atomicsession.New(w.store, opts)
	if err != nil {
		panic(err) // the model makes valid options only
	}
	return m
}

func pick[T any](w *world, vs ...T) T { return vs[w.IntN(len(vs))] }

func (w *world) chance(percent int) bool { return w.IntN(100) < percent }

func (w *world) server() *server { return pick(w, w.servers...) }

// sooner and later are what the clocks of the servers show.
func (w *world) sooner() time.Time { return w.now.Add(min(0, w.servers[1].skew)) }
func (w *world) later() time.Time  { return w.now.Add(max(0, w.servers[1].skew)) }

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%5d  %s  ", w.step, w.now.Format("15:04:05.000"))+fmt.Sprintf(format, args...))
}

func (w *world) violated(rule int, format string, args ...any) {
	text := fmt.Sprintf("rule %d: ", rule) + fmt.Sprintf(format, args...)
	w.note("%s", text)
	w.wrong = append(w.wrong, text)
}

// act takes one step.
func (w *world) act() {
	w.step++
	switch n := w.IntN(1000); {
	case n < 560 && len(w.flying) > 0:
		pick(w, w.flying...).advance()
	case n < 850:
		pick(w, w.browsers...).visit()
	case n < 900:
		pick(w, w.browsers...).lure()
	case n < 935:
		w.steal()
	case n < 950:
		pick(w, w.browsers...).stray()
	case n < 975:
		w.wait(time.Duration(w.IntN(900)) * time.Millisecond)
	case n < 982:
		w.pass()
	case n < 985:
		w.revoke()
	case n < 986:
		w.deploy()
	default:
		w.realms()
	}
}

// wait moves the clocks as far as the requests under way allow.
func (w *world) wait(d time.Duration) {
	for _, r := range w.flying {
		if w.now.Add(d).Sub(r.sent) > maxLife {
			return
		}
	}
	w.forward(d)
}

// pass finishes what is under way, and lets time pass.
func (w *world) pass() {
	w.land()
	w.forward(pick(w, time.Second, 5*time.Second, 14*time.Second, 2*time.Minute, 12*time.Minute, 26*time.Minute, 41*time.Minute))
}

func (w *world) forward(d time.Duration) {
	w.now = w.now.Add(d)
	for _, b := range w.browsers {
		before := b.token()
		b.jar.expire(w.now)
		if b.token() != before {
			w.note("%s drops the cookie of %v", b.name, before)
			b.dropped(before)
		}
	}
	for _, b := range w.browsers {
		b.check()
	}
}

// land brings every request to its end, in any order.
func (w *world) land() {
	for len(w.flying) > 0 && len(w.wrong) == 0 {
		pick(w, w.flying...).advance()
	}
}

// revoke ends all sessions of a user, as a change of password does.
func (w *world) revoke() {
	if slices.ContainsFunc(w.flying, (*request).renews) {
		return // an end and a sign-in within one request's life
	}
	user, s := pick(w, "ann", "bob", "carl"), w.server()
	want := 0
	for _, r := range w.records {
		if r.user != user || r.ended {
			continue
		}
		if r.expires.After(s.now()) {
			want++
		}
		r.ended = true
		for _, b := range w.browsers {
			b.forget(r)
		}
	}
	n, err := s.RevokeAll(ctx, user)
	w.note("RevokeAll %s: %d, %v", user, n, err)
	if want > 0 {
		w.tally.happened("revoked")
	}
	if err != nil || n < want { // those of other realms come on top
		w.violated(1, "RevokeAll has ended %d sessions of %s, want %d, %v", n, user, want, err)
	}
}

// deploy lowers MaxAge, on one server after the other.
func (w *world) deploy() {
	l := w.limits
	l.max, l.anonymous, l.touch = 15*time.Minute, 10*time.Minute, 15*time.Minute/24
	i := slices.IndexFunc(w.servers, func(s *server) bool { return s.limits != l })
	if i < 0 {
		return
	}
	w.note("server %d gets a lower MaxAge", i)
	w.tally.happened("MaxAge lowered")
	w.servers[i] = w.start(w.servers[i].skew, l)
}
