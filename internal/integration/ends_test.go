package integration

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/testserver"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/atomicsession/atomicsession/redisstore"
)

func TestEnds(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		testEnds(t, func() indexed { return memstore.New(nil) })
	})
	t.Run("Redis", func(t *testing.T) {
		store, err := redisstore.Open(t.Context(), testserver.Serve(t, "REDIS_URL", "redis-server.sh"), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		testEnds(t, func() indexed { return store })
	})
}

func testEnds(t *testing.T, newStore func() indexed) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			for _, l := range looks {
				k, ok := l.of(w)
				if !ok {
					continue
				}
				t.Run(l.name, func(t *testing.T) {
					for _, r := range rule {
						h := newHost(t, newStore())
						h.check(t, w, l, r.method, r.do, expected(r.method, r.want[k], w, k))
					}
				})
			}
		})
	}
}

// host is a server whose clock runs ahead as a test says.
type host struct {
	sessions *atomicsession.Manager
	ledger   *ledger
	ahead    time.Duration
	denied   error // why ProtectCSRF has denied the last request
	onReplay atomicsession.ReplayAction
}

// visit is a request, and what the test knows of its session.
type visit struct {
	host    *host
	session *atomicsession.Session
	user    string
	id      atomicsession.ID
	cookie  string
	other   string // the cookie of another session of the user
	csrf    string // a token of the session
}

func newHost(t *testing.T, store indexed) *host {
	t.Helper()
	h := &host{ledger: newLedger(store)}
	var err error
	h.sessions, err = atomicsession.New(h.ledger, &atomicsession.Options{
		MaxAge: maxAge, AbsoluteMaxAge: absoluteMaxAge, Now: h.now,
		OnReplay: func(context.Context, atomicsession.Info) atomicsession.ReplayAction { return h.onReplay },
		CSRF: atomicsession.CSRFOptions{Denied: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			h.denied = atomicsession.CSRFError(r.Context())
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *host) now() time.Time { return time.Now().Add(h.ahead) }

// serve lets f answer a request with a cookie, and returns the one that is set; "" if none is, or if it is cleared.
func (h *host) serve(cookie string, f func(context.Context, *visit)) string {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if cookie != "" {
		r.Header.Set("Cookie", "__Host-session="+cookie)
	}
	w := httptest.NewRecorder()
	h.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		f(r.Context(), &visit{host: h, session: h.sessions.Get(r.Context())})
	})).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		return c.Value
	}
	return ""
}

// must is serve for what cannot fail.
func (h *host) must(t *testing.T, cookie string, f call) string {
	t.Helper()
	return h.serve(cookie, func(ctx context.Context, v *visit) {
		t.Helper()
		if _, err := f(ctx, v); err != nil {
			t.Error(err)
		}
	})
}

// signIn begins a session.
func (h *host) signIn(t *testing.T, user string) string {
	t.Helper()
	return h.must(t, "", no(func(ctx context.Context, s *atomicsession.Session) error {
		return s.Renew(ctx, atomicsession.User(user), key.Set("treasure"))
	}))
}

// check lets a request look as l says while its session ends in the way w, and calls the method.
func (h *host) check(t *testing.T, w way, l look, method string, do call, want outcome) {
	t.Helper()
	known := visit{user: "ann-" + rand.Text()}
	known.cookie, known.other = h.signIn(t, known.user), h.signIn(t, known.user)
	h.must(t, known.cookie, func(ctx context.Context, v *visit) (bool, error) {
		info, _, err := v.session.Info(ctx)
		token, tokenErr := v.session.CSRFToken(ctx)
		known.id, known.csrf = info.ID, token
		return true, errors.Join(err, tokenErr)
	})
	cookie := known.cookie
	if w.cookie != nil {
		cookie = w.cookie(&known)
	}
	var before map[driver.ID]string
	var found bool
	var err error
	sent := h.serve(cookie, func(ctx context.Context, v *visit) {
		known.host, known.session = h, v.session
		if l.before != nil {
			if _, err := l.before(ctx, &known); err != nil {
				t.Error(err)
			}
		}
		if w.end != nil {
			w.end(t, &known)
		}
		if l.after != nil {
			_, _ = l.after(ctx, &known)
		}
		before = h.ledger.live(t, h.now())
		found, err = do(ctx, &known)
	})
	after := h.ledger.live(t, h.now())
	want = want.here(strings.HasPrefix(before[known.id], known.user))
	if problem := want.of(w.why, found, err); problem != "" {
		t.Errorf("%s: %s: found %v, %v", method, problem, found, err)
	}
	if problem := left(before, after, want == begins); problem != "" {
		t.Errorf("%s: %s: before %v, after %v", method, problem, before, after)
	}
	if (sent != "") != (want == begins) {
		t.Errorf("%s: the browser gets the cookie %q", method, sent)
	}
}

// of says what is wrong with the result of a method, "" if nothing.
func (o outcome) of(why error, found bool, err error) string {
	is := func(wants ...error) bool {
		for _, want := range wants {
			if !errors.Is(err, want) || errors.Is(want, atomicsession.ErrNotFound) && errors.Is(err, atomicsession.ErrRenewed) != errors.Is(want, atomicsession.ErrRenewed) {
				return false
			}
		}
		return true
	}
	switch {
	case (o == nothing || o == quiet) && (found || err != nil):
		return "want nothing"
	case (o == memory || o == proves) && (!found || err != nil):
		return "want what the request has seen"
	case o == begins && err != nil:
		return "want a session to begin"
	case o == absent && (!is(atomicsession.ErrNotFound) || errors.Is(err, atomicsession.ErrReplayed)):
		return "want no such session"
	case o == told && !is(why):
		return fmt.Sprintf("want to be told %v", why)
	case o == goesOn && !errors.Is(err, atomicsession.ErrRenewed):
		return "want to be told that the session goes on"
	case o == denied && (!is(atomicsession.ErrCSRF) || is(atomicsession.ErrNotFound) || is(atomicsession.ErrRenewed)):
		return "want to be denied"
	case o == deniedTold && !is(atomicsession.ErrCSRF, why):
		return fmt.Sprintf("want to be denied and told %v", why)
	case o == nobody && (err == nil || atomicsession.StatusCode(err) != http.StatusInternalServerError):
		return "want to be told that there is no user"
	}
	return ""
}

// left says what is wrong with what a method leaves in the store, "" if nothing.
func left(before, after map[driver.ID]string, begun bool) string {
	fresh := maps.Clone(after)
	maps.DeleteFunc(fresh, func(id driver.ID, text string) bool { return before[id] == text })
	maps.DeleteFunc(before, func(id driver.ID, text string) bool { return after[id] == text })
	switch {
	case len(before) > 0:
		return "a session has gone or changed"
	case len(fresh) != map[bool]int{true: 1}[begun]:
		return fmt.Sprintf("%d sessions have begun", len(fresh))
	}
	for _, text := range fresh {
		if strings.Contains(text, "treasure") || strings.Contains(text, "ann-") {
			return "the new session has something of the old one"
		}
	}
	return ""
}
