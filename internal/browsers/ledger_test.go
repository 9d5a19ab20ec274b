package browsers

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// token is what a cookie says, but for its lifetime.
type token struct {
	id     driver.ID
	secret [32]byte
}

// parse reads a cookie's value. What is no token is the zero one.
func parse(value string) (t token) {
	if len(value) < 72 {
		return t
	}
	raw, err := base64.RawURLEncoding.DecodeString(value[:72])
	if err != nil {
		return token{}
	}
	copy(t.id[:], raw)
	copy(t.secret[:], raw[16:])
	return t
}

func (t token) String() string {
	if t == (token{}) {
		return "-"
	}
	return fmt.Sprintf("%x/%x", t.id[:2], t.secret[:2])
}

// lifetimes are those options of a server.
type lifetimes struct{ max, anonymous, absolute, touch time.Duration }

// record is what the site has acknowledged about a session.
type record struct {
	id           driver.ID
	user, factor string
	cart, vault  []int
	refs         int

	secret, previous [32]byte // the first is zero until the answer is out that hands it to the browser
	renewed          time.Time
	signedIn         bool // by that renewal, and nobody's before
	ended            bool

	lastUsed, expires, deadline time.Time
	lifetime                    time.Duration

	groups []token // what the requests carried that signed in: a form sent twice makes two sessions of one group
	born   int     // the step
}

// text is the document of the session.
func (r *record) text() string {
	var fields []string
	list := func(name string, ns []int) {
		if len(ns) > 0 {
			fields = append(fields, `"`+name+`":[`+strings.Trim(strings.ReplaceAll(fmt.Sprint(ns), " ", ","), "[]")+`]`)
		}
	}
	list("cart", r.cart)
	if r.factor != "" {
		fields = append(fields, `"factor":"`+r.factor+`"`)
	}
	if r.refs > 0 {
		fields = append(fields, fmt.Sprintf(`"refs":%d`, r.refs))
	}
	list("vault", r.vault)
	return "{" + strings.Join(fields, ",") + "}"
}

// use is what a use at now makes of the lifetime: the table of docs/production.md, once more.
func (r *record) use(now time.Time, l lifetimes) {
	if now.After(r.lastUsed) {
		r.lastUsed = now
	}
	r.expires = r.lastUsed.Add(min(r.lifetime, l.max))
	if !r.deadline.IsZero() && r.expires.After(r.deadline) {
		r.expires = r.deadline
	}
}

// read is a use only if that makes enough of a difference.
func (r *record) read(now time.Time, l lifetimes) (extended bool) {
	after := *r
	after.use(now, l)
	interval := l.touch
	if r.lifetime < l.max {
		interval = min(interval, r.lifetime/24)
	}
	if gain := after.expires.Sub(r.expires); gain >= 0 && gain < interval {
		return false
	}
	*r = after
	return true
}

// bind gives the session a user, "" for a new one of nobody, who asks for a lifetime or not.
func (r *record) bind(now time.Time, l lifetimes, user string, asked time.Duration) {
	absolute := l.absolute
	r.user, r.lifetime = user, l.anonymous
	if user != "" {
		r.lifetime = l.max
		if absolute == 0 {
			absolute = max(30*24*time.Hour, l.max)
		}
	}
	if asked != 0 {
		r.lifetime = min(asked, l.max)
	}
	if absolute != 0 {
		r.deadline = now.Add(absolute)
	}
	r.use(now, l)
}

// renew replaces the secret by one that is not known yet.
func (r *record) renew(now time.Time, signsIn bool) {
	r.previous, r.secret, r.renewed, r.signedIn = r.secret, [32]byte{}, now, signsIn
}

// status is what a token is good for.
type status int

const (
	unopened status = iota // nobody has looked
	gone                   // nothing: it is none, or its session is over, or got another secret long ago
	replaced               // its session has just got another secret
	live
)

func (s status) String() string { return [...]string{"unopened", "gone", "replaced", "live"}[s] }

// status looks a token up as a server does whose clock shows now.
func (w *world) status(t token, now time.Time) (status, *record) {
	r := w.ledger[t.id]
	switch {
	case r == nil || r.ended || !r.expires.After(now):
		return gone, r
	case r.secret == t.secret:
		return live, r
	case r.previous == t.secret && now.Before(r.renewed.Add(driver.RenewalWindow)):
		return replaced, r
	}
	return gone, r
}

// add notes a session that has begun.
func (w *world) add(r *record) *record {
	r.born = w.step
	w.ledger[r.id] = r
	w.records = append(w.records, r)
	return r
}
