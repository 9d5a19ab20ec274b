package browsers

import (
	"net/http"
	"slices"
	"time"
)

var (
	formVia  = via{"same-origin", http.MethodPost, "navigate", "document"}
	fetchVia = via{"same-origin", http.MethodPost, "cors", "empty"}
)

// mayStart reports whether the browser may send another request now; see the package comment for what it keeps out of. A renewal waits
// for those that carry another secret, and for sign-ins that are under way.
func (b *browser) mayStart(renewal bool) bool {
	for _, r := range b.w.flying {
		if r.browser != b {
			continue
		}
		if r.ours != (token{}) && r.token == (token{}) { // withheld: it may not change anything
			continue
		}
		if st, _ := b.w.status(r.token, b.w.later()); st != live && st != replaced || r.page == "" && r.ours == (token{}) {
			return false
		}
		if renewal && (r.token != b.token() || r.renews()) {
			return false
		}
	}
	st, rec := b.w.status(b.token(), b.w.later())
	if st == gone || st == replaced && b.w.later().Sub(rec.renewed) > 3*time.Second { // or the window may end under way
		return !slices.ContainsFunc(b.w.flying, func(r *request) bool { return r.browser == b })
	}
	return true
}

// visit lets the visitor do something.
func (b *browser) visit() {
	if !b.mayStart(false) {
		return
	}
	w, t := b.w, b.token()
	st, rec := w.status(t, w.later())
	tab := &b.tabs[w.IntN(len(b.tabs))]
	for i := range b.tabs {
		if b.tabs[i].of == t && w.chance(70) {
			tab = &b.tabs[i]
		}
	}
	if again := b.again(); again != nil && w.chance(50) {
		w.tally.happened("form sent twice")
		b.from(again)
		return
	}
	if st == gone || tab.of != t && !w.chance(4) || w.chance(8) {
		b.from(&request{path: "/", via: visitVia, tab: tab})
		return
	}
	post := func(path, user string) {
		b.from(&request{path: path, via: pick(w, formVia, fetchVia), tab: tab, csrf: tab.csrf, csrfOf: tab.of, user: user})
	}
	if st == replaced && b.loss == lostSignIn && b.mayStart(true) && !w.chance(20) {
		user := rec.user
		if w.chance(10) {
			user = "bob"
		}
		w.tally.happened("lost sign-in repeated")
		post("/signin", user)
		return
	}
	n := w.IntN(100)
	switch renewal := b.mayStart(true); {
	case n < 40:
		post("/add", "")
	case n < 52:
		b.from(&request{path: "/read", via: visitVia, tab: tab})
	case n < 62:
		b.from(&request{path: "/track", via: visitVia, tab: tab})
	case n < 68 && rec.factor != "":
		post("/vault", "")
	case !renewal:
	case n < 82 && rec.user == "":
		post("/signin", pick(w, b.owner, b.owner, "bob"))
	case n < 72:
		post("/signin", pick(w, b.owner, b.owner, "bob"))
	case n < 78:
		post("/stepup", "")
	case n < 83:
		post("/signout", "")
	}
}

// again returns a copy of a form under way, which the visitor or the network sends once more.
func (b *browser) again() *request {
	w := b.w
	for _, r := range w.flying {
		if r.browser == b && r.via.method == http.MethodPost && !r.via.foreign() && r.copies < 3 && r.token == b.token() && w.now.Sub(r.sent) < 3*time.Second {
			r.copies++
			return &request{path: r.path, via: r.via, tab: r.tab, csrf: r.csrf, csrfOf: r.csrfOf, user: r.user, copies: r.copies}
		}
	}
	return nil
}

// lure makes the browser send a request of another site, or of a neighbor.
func (b *browser) lure() {
	w := b.w
	if !b.mayStart(false) {
		return
	}
	v := pick(w,
		via{"cross-site", http.MethodGet, "navigate", "document"}, // a link
		via{"cross-site", http.MethodPost, "navigate", "document"},
		via{"cross-site", http.MethodGet, "no-cors", "image"},
		via{"cross-site", http.MethodGet, "cors", "empty"},
		via{"cross-site", http.MethodPost, "cors", "empty"},
		via{"cross-site", http.MethodGet, "navigate", "iframe"},
		via{"same-site", http.MethodGet, "navigate", "document"})
	if b.old && w.config.Cookie.SameSite == http.SameSiteStrictMode && v.topLevel() && v.method == http.MethodGet && v.foreign() {
		return
	}
	r := &request{path: pick(w, "/track", "/track", "/", "/read"), via: v, tab: new(tab)}
	if v.method == http.MethodPost {
		r.path = pick(w, "/track", "/track", "/add", "/signin")
		r.csrf, r.csrfOf, r.user = "forged", token{id: [16]byte{1}}, "mallory"
	}
	b.from(r)
	w.tally.happened("other site: " + v.mode + " " + v.method + " " + v.dest)
}

// stray puts a cookie on the parent domain, or removes it.
func (b *browser) stray() {
	w := b.w
	value := pick(w, "", "x", "a.b", "AAAA")
	if len(w.config.SigningKeys) > 0 {
		value = pick(w, value, w.strangersToken())
	}
	c := &http.Cookie{Name: w.name, Value: value, Domain: parent, Path: "/", Secure: true, MaxAge: pick(w, -1, 3600)}
	if b.jar.set(w.now, neighbor, via{site: "same-site"}, c) {
		w.tally.happened("stray cookie set or removed")
	} else {
		w.tally.happened("stray cookie refused by the browser")
	}
}
