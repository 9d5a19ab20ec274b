package browsers

import (
	"fmt"
	"net/http"
	"slices"
)

// thief has somebody's cookie: one stolen, or one planted before the visitor came.
type thief struct {
	w        *world
	name     string
	password string // whose password he knows: his own account's, or that of a visitor too
	cookies  []string
	mine     []token // those handed to him
}

// steal lets somebody become a thief, or a thief do something.
func (w *world) steal() {
	b := pick(w, w.browsers...)
	st, _ := w.status(b.token(), w.later())
	idle := !slices.ContainsFunc(w.flying, func(r *request) bool { return r.browser == b })
	switch {
	case st == gone && idle && w.chance(40):
		w.plant(b)
	case st == live && (len(w.thieves) == 0 || w.chance(25)):
		t := w.thief()
		t.cookies = []string{b.jar.value(w.name, w.domain)}
		w.note("thief %s has the cookie of %s, %v", t.name, b.name, b.token())
	case len(w.thieves) > 0:
		pick(w, w.thieves...).act()
	}
}

func (w *world) thief() *thief {
	t := &thief{w: w, name: fmt.Sprint("t", w.step), password: pick(w, "", "ann", "carl")}
	w.thieves = append(w.thieves, t)
	if len(w.thieves) > 3 {
		w.thieves = w.thieves[1:]
	}
	return t
}

// plant gives a visitor without a session one of a thief.
func (w *world) plant(b *browser) {
	t := w.thief()
	t.now(&request{path: "/", via: visitVia}, "")
	if len(t.cookies) == 0 || b.token() != (token{}) {
		return
	}
	b.jar.set(w.now, host, visitVia, &http.Cookie{
		Name: w.name, Value: t.cookies[0], Domain: w.config.Cookie.Domain, Path: "/", Secure: true,
		SameSite: w.config.Cookie.SameSite, MaxAge: 3600,
	})
	t.mine = nil // from here on it is the visitor's
	w.note("thief %s plants %v with %s", t.name, parse(t.cookies[0]), b.name)
	w.tally.happened("session planted")
}

// now sends a request and has its answer before anything else happens.
func (t *thief) now(r *request, value string) {
	t.send(r, value)
	for len(t.w.wrong) == 0 && slices.Contains(t.w.flying, r) {
		r.advance()
	}
}

func (t *thief) send(r *request, value string) {
	r.thief = t
	cookies := ""
	if value != "" {
		cookies = t.w.name + "=" + value
	}
	t.w.send(r, cookies)
}

// act lets him read, and more if the secret is no longer the visitor's.
func (t *thief) act() {
	w := t.w
	if len(t.cookies) == 0 {
		return
	}
	value := pick(w, t.cookies...)
	st, _ := w.status(parse(value), w.later())
	t.w.tally.happened("thief with a secret that is " + st.String())
	if st == live && !slices.Contains(t.mine, parse(value)) {
		t.send(&request{path: pick(w, "/read", "/track"), via: visitVia}, value)
		return
	}
	path := pick(w, "/read", "/track", "/add", "/signin", "/signin", "/stepup", "/vault")
	if path == "/read" || path == "/track" {
		t.send(&request{path: path, via: visitVia}, value)
		return
	}
	form := &request{path: "/", via: visitVia}
	t.now(form, value)
	if form.page == "" || len(w.wrong) > 0 {
		return
	}
	if path == "/stepup" { // he does not have the factor
		path = "/vault"
	}
	if form.fresh != nil {
		value = t.cookies[len(t.cookies)-1]
	}
	user := "mallory"
	if t.password != "" && w.chance(70) {
		user = t.password
	}
	t.send(&request{path: path, via: formVia, csrf: form.page, csrfOf: form.pageOf, user: user}, value)
}

// get gives him the answer.
func (t *thief) get(r *request) {
	if c := r.cookie(); c != nil && c.MaxAge > 0 && parse(c.Value) != r.token {
		t.cookies = append(t.cookies, c.Value)
		t.mine = append(t.mine, parse(c.Value))
		if len(t.cookies) > 4 {
			t.cookies = slices.Delete(t.cookies, 1, 2)
		}
	}
}

// holds reports whether k is a secret that he has stolen or planted, and that is still the visitor's.
func (t *thief) holds(k token) bool { return !slices.Contains(t.mine, k) && parse(t.cookies[0]) == k }

// mayRead reports whether he may read what needs n.
func (t *thief) mayRead(r *request, n need) bool {
	switch {
	case t.holds(r.token) && r.record.id == r.token.id:
		return true
	case n.factor:
		return false
	}
	return n.user == "" || n.user == t.password || n.user == "mallory"
}
