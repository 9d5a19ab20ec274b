package browsers

import (
	"errors"
	"time"

	"github.com/atomicsession/atomicsession"
)

// open shows a page with a form.
func (r *request) open() {
	r.pause()
	r.look()
	r.pause()
	text, err := r.s.CSRFToken(ctx)
	r.err = err
	switch {
	case errors.Is(err, atomicsession.ErrCrossSite) && r.via.foreign() && r.seen == gone:
		r.w.tally.happened("no session for another site")
		return
	case err != nil:
		r.w.violated(1, "%s gets no form with %v, %v: %v", r.who(), r.token, r.seen, err)
		return
	}
	r.page = text
	if info, ok, _ := r.s.Info(ctx); ok && r.seen == gone {
		r.begun(info, &record{})
		r.w.tally.happened("session begun by a form")
	}
}

// begun notes a session of nobody, or of who signs in, that the request has begun.
func (r *request) begun(info atomicsession.Info, rec *record) {
	if r.w.ledger[info.ID] != nil {
		r.w.violated(7, "%s begins a session with an old ID", r.who())
		return
	}
	rec.id = info.ID
	if rec.lifetime == 0 {
		rec.bind(r.server.now(), r.server.limits, "", 0)
	}
	r.fresh = r.w.add(rec)
	r.confirmFresh(rec)
}

// read looks, and looks again later.
func (r *request) read() {
	r.pause()
	r.look()
	r.pause()
	st, rec := r.w.status(r.token, r.server.now())
	want := r.why(st)
	if want == nil && (r.seen == gone || st == gone) && r.token != (token{}) {
		want = atomicsession.ErrNotFound
	}
	if r.seen == gone && st != gone {
		return // the end of the window is not the same on every clock
	}
	if r.token == (token{}) {
		return // a cookie that is no token makes a difference here
	}
	if r.want(1, "Refresh", r.s.Refresh(ctx), want) {
		rec.read(r.server.now(), r.server.limits)
		r.text, r.seenBy = rec.text(), rec.user
		r.look()
	} else if want != nil {
		r.seen, r.text = gone, "{}"
		r.look()
	}
}

// add puts something into the cart.
func (r *request) add() {
	r.pause()
	st, rec := r.w.status(r.token, r.server.now())
	r.w.item++
	n := r.w.item
	if !r.want(1, "Update", r.s.Update(ctx, atomicsession.Path("cart").Push(n)), r.why(st)) {
		return
	}
	rec.cart = append(rec.cart, n)
	rec.use(r.server.now(), r.server.limits)
	r.wrote(rec, false)
	r.confirmFresh(rec)
	if r.browser != nil {
		r.browser.hopes(n)
		r.w.tally.happened("cart changed")
		if rec.user != "" {
			r.w.tally.happened("cart changed after the sign-in")
		}
	}
	r.pause()
}

// hide is add for what needs a second factor.
func (r *request) hide() {
	if r.seenFor == "" || r.seenFor != r.seenBy {
		r.err = errors.New("no second factor")
		return
	}
	r.pause()
	st, rec := r.w.status(r.token, r.server.now())
	r.w.item++
	n := r.w.item
	if !r.want(1, "Update", r.s.Update(ctx, atomicsession.Path("vault").Push(n)), r.why(st)) {
		return
	}
	rec.vault = append(rec.vault, n)
	rec.use(r.server.now(), r.server.limits)
	r.wrote(rec, true)
	r.confirmFresh(rec)
	r.w.tally.happened("written with the second factor")
}

// track counts, for whoever asks.
func (r *request) track() {
	r.pause()
	if r.w.chance(40) {
		r.look()
		r.pause()
	}
	now := r.server.now()
	st, rec := r.w.status(r.token, now)
	err := r.s.Update(ctx, atomicsession.Path("refs").Inc(1))
	if want := r.why(st); want != nil || st == live && r.seen != gone {
		if r.stray && want == nil && err == nil && r.infoID() != rec.id {
			r.w.violated(5, "beside a stray cookie, a change goes to another session")
			return
		}
		if !r.want(5, "Update", err, want) {
			return
		}
		rec.refs++
		rec.use(now, r.server.limits)
		r.confirmFresh(rec)
		return
	}
	r.err = err
	switch info, ok, _ := r.s.Info(ctx); {
	case errors.Is(err, atomicsession.ErrCrossSite) && r.via.foreign():
		r.w.tally.happened("no session for another site")
	case err != nil || !ok:
		r.w.violated(5, "%s, with %v, cannot begin a session: %v", r.who(), r.token, err)
	default:
		r.begun(info, &record{refs: 1})
	}
}

func (r *request) infoID() (id atomicsession.ID) {
	info, _, _ := r.s.Info(ctx)
	return info.ID
}

// signIn signs in who has sent the password, and drops what another user has left.
func (r *request) signIn() {
	r.pause()
	now := r.server.now()
	st, old := r.w.status(r.token, now)
	changes, asked := []atomicsession.Change{atomicsession.User(r.user)}, time.Duration(0)
	if r.w.chance(20) {
		asked = pick(r.w, 6*time.Minute, time.Hour)
		changes = append(changes, atomicsession.Lifetime(asked))
	}
	fresh := &record{groups: []token{r.token}}
	if r.seenBy != "" && r.seenBy != r.user {
		want := r.why(st)
		if st == replaced {
			want = nil // a sign-in, to an empty session in any case
		}
		if r.want(1, "Reset", r.s.Reset(ctx, changes...), want) {
			if st == live {
				r.retire(old, now)
			}
			fresh.bind(now, r.server.limits, r.user, asked)
			r.begin(fresh)
			r.w.tally.happened("another user on the same browser")
		}
		r.pause()
		return
	}
	want, copies := r.why(st), st == replaced && old.signedIn && old.user == r.user
	if copies || r.seen == replaced {
		want = nil
	}
	if !r.want(2, "Renew", r.s.Renew(ctx, changes...), want) {
		return
	}
	switch {
	case copies:
		r.first = true
		fresh.cart, fresh.vault, fresh.refs, fresh.factor = append(fresh.cart, old.cart...), append(fresh.vault, old.vault...), old.refs, old.factor
		r.w.tally.happened("sign-in sent again")
		if r.thief != nil {
			r.w.tally.happened("thief with the password goes on")
		}
	case r.seen == replaced:
		r.loss = lostRenewal
		if old != nil && old.signedIn {
			r.loss = lostSignIn
		}
		r.w.tally.happened("sign-in after a renewal, to an empty session")
	default:
		r.fresh, r.first = old, old.user == ""
		old.renew(now, r.first)
		old.bind(now, r.server.limits, r.user, asked)
		old.groups = append(old.groups, r.token)
		r.confirmFresh(old)
		r.w.tally.happened("sign-in")
		r.pause()
		return
	}
	fresh.bind(now, r.server.limits, r.user, asked)
	r.begin(fresh)
	if doc, err := r.s.Document(ctx); err != nil || doc.Text() != fresh.text() {
		r.w.violated(r.rule(2), "%s signs in with %v and has %s, not %s; %v", r.who(), r.token, doc.Text(), fresh.text(), err)
	}
	if r.thief != nil {
		r.seen, r.record = live, fresh
		r.mayKnow()
	}
	r.pause()
}

// begin notes a session that a sign-in or a sign-out has begun.
func (r *request) begin(rec *record) {
	info, _, _ := r.s.Info(ctx)
	r.begun(info, rec)
}

// retire notes that another session takes the place of rec.
func (r *request) retire(rec *record, now time.Time) {
	r.forgotten(rec)
	rec.renew(now, false)
	rec.user = ""
	if end := now.Add(10 * time.Second); rec.expires.After(end) {
		rec.expires = end
	}
}

func (r *request) forgotten(rec *record) {
	if r.browser != nil {
		r.browser.forget(rec)
	}
}

// stepUp notes a second factor, which only visitors have; it renews the session, or signs the user in once more.
func (r *request) stepUp() {
	if r.seenBy == "" {
		r.err = errors.New("not signed in")
		return
	}
	r.pause()
	now := r.server.now()
	st, rec := r.w.status(r.token, now)
	changes, again := []atomicsession.Change{atomicsession.Path("factor").Set(r.seenBy)}, r.w.chance(50)
	if again {
		changes = append(changes, atomicsession.User(r.seenBy))
	}
	want := r.why(st)
	if again && st == replaced && rec.signedIn && rec.user == r.seenBy {
		want = nil // cannot be: who has seen the user has the secret of after the sign-in
	}
	if !r.want(1, "Renew", r.s.Renew(ctx, changes...), want) {
		return
	}
	rec.factor, r.fresh = r.seenBy, rec
	rec.renew(now, false)
	if again {
		rec.bind(now, r.server.limits, r.seenBy, 0)
	} else {
		rec.use(now, r.server.limits)
	}
	r.confirmFresh(rec)
	r.w.tally.happened("second factor")
	r.pause()
}

// signOut ends the session, and perhaps begins one for the message that says so.
func (r *request) signOut() {
	r.pause()
	now := r.server.now()
	st, rec := r.w.status(r.token, now)
	want := r.why(st)
	if st == gone && rec != nil && !rec.ended && rec.expires.After(now) { // under a secret of later
		want = atomicsession.ErrRenewed
	}
	if r.w.chance(50) {
		r.ended = true // also if it was over, the browser is told so
		if r.want(1, "Destroy", r.s.Destroy(ctx), want) {
			rec.ended = true
			r.forgotten(rec)
			r.w.tally.happened("sign-out")
		}
		return
	}
	if r.want(1, "Reset", r.s.Reset(ctx, atomicsession.Path("refs").Inc(1)), want) {
		r.retire(rec, now)
		fresh := &record{refs: 1}
		fresh.bind(now, r.server.limits, "", 0)
		r.begin(fresh)
		r.w.tally.happened("sign-out that leaves a message")
	}
	r.pause()
}
