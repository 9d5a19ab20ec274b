package browsers

import (
	"context"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession"
)

// request is one on its way: it can rest before each of its parts, while others of the same browser go on.
type request struct {
	w       *world
	server  *server
	browser *browser // whose it is; nil for a thief's
	thief   *thief
	tab     *tab
	path    string
	via     via
	user    string // who signs in
	csrf    string // the form's token
	csrfOf  token  // and whose it is
	ours    token  // what the browser holds, which it may not send along
	token   token  // what the request carries
	stray   bool   // beside others
	sent    time.Time
	start   int // the step
	copies  int

	next     func() (struct{}, bool)
	yield    func(struct{}) bool
	answer   *httptest.ResponseRecorder
	finished bool

	// What the handler has found out, and done.
	s       *atomicsession.Session
	seen    status
	record  *record // of the token, if that was live when it was looked up
	text    string  // its document then
	seenBy  string  // the user then
	seenFor string  // whose second factor was seen
	fresh   *record // the session whose token the answer must hand out
	ended   bool    // signed out
	page    string  // a new CSRF token
	pageOf  token   // and whose it is
	err     error
	first   bool   // the sign-in is the session's first, or goes on with what the first has left
	loss    string // why a sign-in has begun an empty session
}

type requestKey struct{}

var ctx = context.Background()

// renews reports whether the request is one that is to change which session the browser has.
func (r *request) renews() bool {
	return r.path == "/signin" || r.path == "/stepup" || r.path == "/signout"
}

// send starts r with these cookies.
func (w *world) send(r *request, cookies string) {
	r.w, r.sent, r.start, r.answer = w, w.now, w.step, httptest.NewRecorder()
	if r.server == nil {
		r.server = w.server()
	}
	h := &http.Request{
		Method: r.via.method, URL: &url.URL{Scheme: "https", Host: host, Path: r.path}, Host: host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody, RemoteAddr: "192.0.2.1:1234",
	}
	if cookies != "" {
		h.Header.Set("Cookie", cookies)
	}
	for _, c := range h.CookiesNamed(w.name) {
		if t := parse(c.Value); t != (token{}) && !r.isStray(c.Value) {
			r.token = t
		}
	}
	if r.csrf != "" {
		h.Header.Set("X-CSRF-Token", r.csrf)
	}
	r.describe(h.Header)
	h = h.WithContext(context.WithValue(ctx, requestKey{}, r))
	r.next, _ = iter.Pull(func(yield func(struct{}) bool) {
		r.yield = yield
		r.server.handler.ServeHTTP(r.answer, h)
	})
	w.flying = append(w.flying, r)
	w.note("%s sends %s %s %s with %v, user %q", r.who(), r.via.site, r.via.method, r.path, r.token, r.user)
}

// describe sets what a browser says of the request: an old one sends nothing but the Origin of a POST.
func (r *request) describe(h http.Header) {
	origin := map[string]string{"same-origin": "https://" + host, "same-site": "https://" + neighbor, "cross-site": "https://evil.example"}[r.via.site]
	old := r.browser != nil && r.browser.old
	if r.via.method == http.MethodPost || r.via.mode == "cors" && r.via.foreign() && !old {
		h.Set("Origin", origin)
	}
	if !old {
		h.Set("Sec-Fetch-Site", r.via.site)
		h.Set("Sec-Fetch-Mode", r.via.mode)
		h.Set("Sec-Fetch-Dest", r.via.dest)
	}
}

func (r *request) who() string {
	if r.thief != nil {
		return "thief " + r.thief.name
	}
	return r.browser.name
}

// pause lets others go first, or not.
func (r *request) pause() {
	if r.w.chance(50) {
		r.yield(struct{}{})
	}
}

// advance lets a request go on to its next pause, or delivers its answer.
func (r *request) advance() {
	if !r.finished {
		if _, more := r.next(); !more {
			r.finished = true
			r.w.note("%s %s with %v is answered: %v", r.who(), r.path, r.token, r.err)
			r.hand()
		}
		return
	}
	r.w.flying = slices.DeleteFunc(r.w.flying, func(o *request) bool { return o == r })
	if r.thief != nil {
		r.thief.get(r)
		return
	}
	if r.w.chance(8) {
		r.browser.lose(r)
	} else {
		r.browser.get(r)
	}
}

// cookie returns the session's cookie that the answer sets.
func (r *request) cookie() *http.Cookie {
	for _, c := range r.answer.Result().Cookies() {
		if c.Name == r.w.name {
			return c
		}
	}
	return nil
}

// hand notes which secret the answer hands out, and whether it should.
func (r *request) hand() {
	c := r.cookie()
	switch {
	case r.fresh != nil:
		var t token
		if c != nil {
			t = parse(c.Value)
		}
		if t.id != r.fresh.id {
			r.w.violated(1, "%s %s has made %x, and its answer hands out %v", r.who(), r.path, r.fresh.id[:2], t)
			return
		}
		if r.fresh.secret == [32]byte{} {
			r.fresh.secret = t.secret
		}
		if r.page != "" {
			r.pageOf = t
		}
	case c == nil:
		r.pageOf = r.token
	case c.MaxAge < 0:
		if !r.ended {
			r.w.violated(1, "%s %s clears the cookie", r.who(), r.path)
		}
	default:
		r.pageOf = r.token
		if parse(c.Value) != r.token {
			r.w.violated(1, "%s %s with %v hands out %v", r.who(), r.path, r.token, parse(c.Value))
		}
	}
}
