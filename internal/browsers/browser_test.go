package browsers

import (
	"net/http"
	"slices"
)

// browser is that of a visitor, with what they may hope for.
type browser struct {
	w     *world
	name  string
	owner string // who signs in with it, mostly
	old   bool   // sends no Sec-Fetch headers
	jar   jar
	tabs  [3]tab

	user   string    // whom the last answer of a sign-in has made of it
	items  []int     // acknowledged, and not given up since
	loss   string    // what may have cost the browser its session
	missed *request  // the sign-in whose answer got lost
	left   []*record // the sessions that a late extension has put older ones in the place of
}

// tab is a page with a form.
type tab struct {
	csrf string
	of   token
}

func (b *browser) token() token { return parse(b.jar.value(b.w.name, b.w.domain)) }

func (b *browser) hopes(n int) { b.items = append(b.items, n) }

// forget drops what was in a session that has ended as it should.
func (b *browser) forget(rec *record) {
	b.items = slices.DeleteFunc(b.items, func(n int) bool { return slices.Contains(rec.cart, n) })
	if b.token().id == rec.id {
		b.user = ""
	}
}

// dropped notes that the cookie of t has come to its end, which must not be before that of the session, or noticeably so.
func (b *browser) dropped(t token) {
	rec := b.w.ledger[t.id]
	if rec == nil {
		return
	}
	b.w.tally.happened("cookie expired")
	if rec.secret == t.secret && !rec.ended && rec.expires.Sub(b.w.now) > b.w.limits.max {
		b.w.violated(1, "%s has dropped the cookie of %v, which lives until %v", b.name, t, rec.expires)
	}
	b.forget(rec)
	b.user, b.loss, b.items = "", "", nil
}

// from sends a request by this browser.
func (b *browser) from(r *request) {
	r.browser, r.ours = b, b.token()
	cookies := b.jar.header(host, r.via)
	for _, c := range b.jar.cookies {
		r.stray = r.stray || c.domain == parent
	}
	if v := b.jar.value(b.w.name, b.w.domain); v != "" && cookies != "" && b.w.chance(5) {
		cookies += "; " + b.w.name + "=" + v
		r.stray = true
		b.w.tally.happened("the same cookie twice")
	}
	b.w.send(r, cookies)
}

// take lets the browser keep what an answer sets.
func (b *browser) take(r *request) {
	for _, c := range r.answer.Result().Cookies() {
		if !b.jar.set(b.w.now, host, r.via, c) {
			b.w.tally.happened("cookie refused by the browser")
		}
	}
}

// get delivers the answer of r.
func (b *browser) get(r *request) {
	w, before := b.w, b.token()
	b.take(r)
	after := b.token()
	w.note("%s gets the answer of %s with %v: %v, then %v", b.name, r.path, r.token, before, after)
	if r.page != "" && r.answer.Header().Get("Refresh") == "" && !r.via.foreign() {
		*r.tab = tab{r.page, r.pageOf}
	}
	if after != before {
		b.changed(r, before, after)
	}
	b.check()
	if r.answer.Header().Get("Refresh") != "" {
		w.tally.happened("page loaded again under Strict")
		if b.mayStart(false) {
			b.from(&request{path: "/", via: visitVia, tab: r.tab})
		}
	}
}

// changed checks that the browser may have another session, or another secret of it, after an answer.
func (b *browser) changed(r *request, before, after token) {
	w := b.w
	st, rec := w.status(before, w.later())
	switch {
	case r.renews() && r.err == nil:
		b.loss = ""
		b.user = ""
		if r.fresh != nil {
			b.user = r.fresh.user
			b.regain(r)
		}
		if st == replaced && rec.signedIn && r.loss == "" && r.copies > 0 {
			w.tally.happened("answer of the second click used")
		}
	case r.renews(): // a sign-out that found its session over
	case st != live:
		b.giveUpSession()
		if now, _ := w.status(after, w.now); now == live {
			b.user = w.ledger[after.id].user
		}
	case after == r.token:
		b.loss, b.left = lateExtension, append(b.left, rec)
		if old := w.ledger[after.id]; old != nil {
			b.giveUp(lateExtension, b.missing(old))
		}
	case rec.born >= r.start && rec.user == "" && len(rec.cart) == 0:
		w.tally.happened("two first requests")
		b.forget(rec)
	case !r.via.foreign() && b.overdue(r):
		b.user, b.loss = w.ledger[after.id].user, ""
		b.giveUp(endAndSignIn, slices.Clone(b.items))
	default:
		rule := 1
		if r.via.foreign() {
			rule = 4
		}
		w.violated(rule, "%s loses %v to %v by %s %s %s", b.name, before, after, r.via.site, r.via.method, r.path)
	}
}

// overdue reports whether the session of r has come to its end, before another sign-in of the same browser.
func (b *browser) overdue(r *request) bool {
	old := b.w.ledger[r.token.id]
	return old != nil && (old.ended || !old.expires.After(b.w.later()))
}

// regain gives up what is not in the session of a sign-in, if there is a reason.
func (b *browser) regain(r *request) {
	missing := b.missing(r.fresh)
	if b.missed != nil && r.first && len(missing) == 0 && len(b.items) > 0 && b.missed.token == r.token {
		b.w.tally.happened("cart kept by a sign-in after a lost one")
	}
	b.missed = nil
	switch {
	case r.loss != "" && len(missing) > 0:
		b.giveUp(r.loss, missing)
	case r.loss == "" && r.copies > 0 && len(missing) == 0 && len(b.items) > 0 && slices.Contains(r.fresh.groups, r.token):
		b.w.tally.happened("cart kept by a sign-in sent again")
	}
}

func (b *browser) missing(rec *record) []int {
	var missing []int
	for _, n := range b.items {
		if !slices.Contains(rec.cart, n) {
			missing = append(missing, n)
		}
	}
	return missing
}

func (b *browser) giveUp(loss string, items []int) {
	b.w.note("%s gives up %v: %s", b.name, items, loss)
	b.w.tally.lost(loss)
	b.items = slices.DeleteFunc(b.items, func(n int) bool { return slices.Contains(items, n) })
}

// lose drops the answer of r.
func (b *browser) lose(r *request) {
	b.w.note("%s does not get the answer of %s with %v", b.name, r.path, r.token)
	b.w.tally.happened("answer lost")
	if r.renews() && r.err == nil && r.fresh != nil && b.token() == r.token {
		b.loss = lostRenewal
		if r.first {
			b.loss, b.missed = lostSignIn, r
		}
	}
	b.check()
}

// check holds what the browser has against what its visitor hopes for.
func (b *browser) check() {
	w, t := b.w, b.token()
	rec := w.ledger[t.id]
	if rec == nil {
		if len(b.items) > 0 {
			w.violated(2, "%s has no session any more, and %v is lost", b.name, b.items)
		}
		return
	}
	late, _ := w.status(t, w.later())
	early, _ := w.status(t, w.sooner())
	if rec.ended || !rec.expires.After(w.later()) { // by whom it may, when it may
		if !rec.ended {
			w.tally.happened("session expired")
		}
		b.forget(rec)
		b.user = ""
		return
	}
	switch {
	case late == live:
		if b.user != "" && rec.user != b.user {
			w.violated(1, "%s is %q, not %q", b.name, rec.user, b.user)
		}
	case slices.ContainsFunc(w.flying, func(r *request) bool { return r.browser == b && r.token == t && r.renews() }):
		return // its answer is on the way
	case b.loss == "" && b.lostTo() == "":
		w.violated(1, "%s has been left with %v, which is %v", b.name, t, late)
	case late == gone && early == gone:
		b.giveUpSession()
		return
	}
	if missing := b.missing(rec); len(missing) > 0 {
		loss := betweenAnswers
		if !rec.siblings(w, missing) {
			loss = lateExtension // to requests that were under way then
			if !slices.ContainsFunc(b.left, func(l *record) bool { return l.siblings(w, missing) }) {
				w.violated(2, "%s has %v, which lacks %v", b.name, t, missing)
			}
		}
		b.giveUp(loss, missing)
	}
}

// giveUpSession notes that nothing leads back to the session that the browser has lost.
func (b *browser) giveUpSession() {
	if loss := b.loss; loss != "" {
		b.loss, b.user = "", ""
		b.giveUp(loss, slices.Clone(b.items))
	}
}

// lostTo says whether an answer that was given up before has left b with what it has.
func (b *browser) lostTo() string {
	if b.user == "" && len(b.items) == 0 {
		return lostRenewal
	}
	return ""
}

// siblings reports whether the items are in rec, or in other sessions of the same sign-in.
func (rec *record) siblings(w *world, items []int) bool {
	family := slices.DeleteFunc(slices.Clone(w.records), func(o *record) bool {
		return o != rec && !slices.ContainsFunc(o.groups, func(t token) bool { return slices.Contains(rec.groups, t) })
	})
	return !slices.ContainsFunc(items, func(n int) bool {
		return !slices.ContainsFunc(family, func(o *record) bool { return slices.Contains(o.cart, n) })
	})
}

var visitVia = via{site: "same-origin", method: http.MethodGet, mode: "navigate", dest: "document"}
