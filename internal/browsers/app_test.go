package browsers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/atomicsession/atomicsession"
)

// app is the application, as such are written; each of its handlers tells the model what it has found.
func app(m *atomicsession.Manager) http.Handler {
	protected := m.ProtectCSRF(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { of(r.Context()).protected() }))
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := of(hr.Context())
		r.s = m.Get(hr.Context())
		if r.path == "/track" { // which an application should protect, too, and some do not
			r.track()
			return
		}
		protected.ServeHTTP(w, hr)
	})
}

func of(ctx context.Context) *request { return ctx.Value(requestKey{}).(*request) }

func (r *request) protected() {
	if r.via.method == http.MethodPost {
		r.look()
		if r.via.foreign() || r.csrfOf != r.token || r.seen == gone {
			r.w.violated(4, "%s is let through to %s with a token of %v and the cookie of %v, which is %v", r.who(), r.path, r.csrfOf, r.token, r.seen)
		}
	}
	switch r.path {
	case "/":
		r.open()
	case "/read":
		r.read()
	case "/add":
		r.add()
	case "/vault":
		r.hide()
	case "/signin":
		r.signIn()
	case "/stepup":
		r.stepUp()
	case "/signout":
		r.signOut()
	}
}

// denied answers what has no CSRF token. Who clicks twice has one.
func denied(_ http.ResponseWriter, hr *http.Request) {
	r := of(hr.Context())
	r.err = atomicsession.CSRFError(hr.Context())
	if r.via.foreign() || r.csrfOf != r.token || r.token == (token{}) {
		r.w.tally.happened("forged or outdated form refused")
		return
	}
	r.look()
	if r.seen != gone {
		r.w.violated(2, "%s may not send the form of %v, which is %v: %v", r.who(), r.token, r.seen, r.err)
	}
}

// look is the first read of a request, or what it finds after one.
func (r *request) look() {
	doc, err := r.s.Document(ctx)
	info, ok, infoErr := r.s.Info(ctx)
	if err = errors.Join(err, infoErr); err != nil {
		r.w.violated(1, "%s cannot read: %v", r.who(), err)
		return
	}
	text := doc.Text()
	if r.seen == unopened {
		r.seen, r.record = r.w.status(r.token, r.server.now())
		r.text = "{}"
		r.w.note("%s %s looks: %v %v, %v", r.who(), r.path, r.token, r.seen, r.server.limits)
		if r.seen == live {
			if r.record.read(r.server.now(), r.server.limits) {
				r.w.tally.happened("extended by a read")
			}
			r.text, r.seenBy, r.seenFor = r.record.text(), r.record.user, r.record.factor
			r.mayKnow()
		}
		if r.seen == replaced {
			r.w.tally.happened("overtaken request")
		}
		if r.stray && r.seen == live {
			r.w.tally.happened("stray cookie beside a live session")
		}
	}
	switch {
	case ok != (r.seen == live) && r.stray:
		r.w.violated(5, "beside a stray cookie, %v names a session: %v, and is %v", r.token, ok, r.seen)
	case ok != (r.seen == live) && r.seen == live:
		r.w.violated(1, "%s is not signed in with %v", r.who(), r.token)
	case ok != (r.seen == live):
		r.w.violated(r.rule(7), "%s has a session of %s with %v, which is %v", r.who(), info.User, r.token, r.seen)
	case text != r.text:
		r.w.violated(r.rule(2), "%s with %v (%v) sees %s, not %s", r.who(), r.token, r.seen, text, r.text)
	case ok:
		r.confirm(info, r.record, r.seenBy)
	}
}

// rule is the number of the rule that something violates, if it is no thief that gains by it.
func (r *request) rule(n int) int {
	if r.thief != nil {
		return 3
	}
	return n
}

// confirm compares what the library says of the session with what it must be.
func (r *request) confirm(info atomicsession.Info, want *record, user string) {
	switch {
	case info.ID != want.id:
		r.w.violated(1, "%s has the session %v, not %v", r.who(), info.ID, want.id)
	case info.User != user:
		r.w.violated(r.rule(1), "%s is %q, not %q", r.who(), info.User, user)
	case !info.Expires.Equal(want.expires) || !info.LastUsed.Equal(want.lastUsed):
		r.w.violated(7, "%s: the session %x, used at %v, expires at %v, not %v, %v", r.who(), want.id[:2],
			info.LastUsed.Format(time.StampMilli), info.Expires.Format(time.StampMilli), want.lastUsed.Format(time.StampMilli), want.expires.Format(time.StampMilli))
	}
}

// confirmFresh is confirm after a change of r.
func (r *request) confirmFresh(want *record) {
	info, ok, err := r.s.Info(ctx)
	if !ok || err != nil {
		r.w.violated(1, "%s has no session after a change: %v", r.who(), err)
		return
	}
	r.confirm(info, want, want.user)
}

// mayKnow checks what the request reads against what its sender may know. Somebody who has stolen a secret knows what it is good for,
// until it is replaced.
func (r *request) mayKnow() {
	r.w.tally.happened("read of a live session")
	for _, n := range append(append([]int(nil), r.record.cart...), r.record.vault...) {
		need := r.w.needs[n]
		switch {
		case need.user != "" && r.record.user != need.user:
			r.w.violated(3, "%s, as %q, sees what %q has written", r.who(), r.record.user, need.user)
		case r.thief != nil && !r.thief.mayRead(r, need):
			r.w.violated(3, "%s, as %q, sees what %q has written, with a second factor: %v", r.who(), r.record.user, need.user, need.factor)
		}
	}
	if r.thief != nil && r.record.factor != "" && !r.thief.holds(r.token) {
		r.w.violated(3, "%s has the second factor of %s", r.who(), r.record.factor)
	}
}

// wrote notes who may read a new item.
func (r *request) wrote(rec *record, factor bool) {
	r.w.needs[r.w.item] = need{rec.user, factor}
}

// want checks the error of a call. None of them has another reason than the end of the session.
func (r *request) want(rule int, call string, err, want error) bool {
	r.err = err
	bad := !errors.Is(err, want) || (err == nil) != (want == nil)
	bad = bad || want != nil && !errors.Is(want, atomicsession.ErrRenewed) && errors.Is(err, atomicsession.ErrRenewed)
	if bad {
		r.w.violated(r.rule(rule), "%s: %s with %v, seen as %v, is %v, want %v", r.who(), call, r.token, r.seen, err, want)
	}
	return err == nil && !bad
}

// why is what a change ends with in a request that has seen its session as r.seen, if its secret is now good for st; nil if it is made.
func (r *request) why(st status) error {
	switch {
	case r.seen == replaced || r.seen != gone && st == replaced:
		return atomicsession.ErrRenewed
	case r.seen == live && st == gone:
		return atomicsession.ErrNotFound
	}
	return nil
}
