// Events with datastar: clicks with the token of the page, and a stream that does not keep its session alive.
package main

import (
	"errors"
	"html/template"
	"log"
	"net/http"
	"time"

	"github.com/starfederation/datastar-go/datastar"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

var (
	sessions = newSessions()
	clicks   = atomicsession.NewCounter("clicks")
)

func newSessions() *atomicsession.Manager {
	sessions, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		SignIn: "/",                                             // where the form is
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true}, // for 127.0.0.1; production leaves it out
	})
	if err != nil {
		log.Fatal(err)
	}
	return sessions
}

func main() {
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", newHandler()))
}

func newHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", home)
	mux.HandleFunc("GET /stream", stream)
	mux.HandleFunc("POST /click", click)
	mux.HandleFunc("POST /sign-in", signIn)
	mux.HandleFunc("GET /datastar.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "datastar.js") })
	return sessions.Middleware(sessions.ProtectCSRF(mux))
}

// An action that gets 403 or 410 has the token or the session of before, so the page is loaded anew.
var page = template.Must(template.New("").Parse(`<!doctype html><meta name="viewport" content="width=device-width">
<script type="module" src="/datastar.js"></script>
<body data-init="@get('/stream')" data-signals="{_csrf: '{{.CSRF}}'}"
	data-on:datastar-fetch="['403', '410'].includes(evt.detail.argsRaw.status) && location.reload()">
<p>Hello {{or .User "stranger"}}. <span id="clicks"></span></p>
<button data-on:click="@post('/click', {headers: {'X-CSRF-Token': $_csrf}})">Click</button>
<form method="post" action="/sign-in"><input type="hidden" name="csrf_token" value="{{.CSRF}}">
<input name="name" placeholder="Name"> <input name="password" type="password" placeholder="Password"> <button>Sign in</button></form>
</body>
`))

func home(w http.ResponseWriter, r *http.Request) {
	var p struct{ CSRF, User string }
	ctx, s := r.Context(), sessions.Get(r.Context())
	var err error
	if p.CSRF, err = s.CSRFToken(ctx); err == nil {
		p.User, err = s.User(ctx)
	}
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	_ = page.Execute(w, p)
}

func click(w http.ResponseWriter, r *http.Request) {
	n, err := clicks.Add(r.Context(), sessions.Get(r.Context()), 1)
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	_ = show(datastar.NewSSE(w, r), n) // NewSSE sends the header, and the cookie with it: so whatever may need a cookie is done before
}

// show puts a number where the page has it. Text would have to be escaped.
func show(sse *datastar.ServerSentEventGenerator, n int64) error {
	return sse.PatchElementf(`<span id="clicks">Clicks: %d</span>`, n)
}

func signIn(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("password") != "correct horse" { // yours asks the database, and compares a slow hash
		http.Error(w, "wrong name or password", http.StatusForbidden)
		return
	}
	if err := sessions.Get(r.Context()).SignIn(r.Context(), r.PostFormValue("name")); err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func stream(w http.ResponseWriter, r *http.Request) {
	ctx, s := r.Context(), sessions.Get(r.Context())
	err := s.Peek(ctx)
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	sse := datastar.NewSSE(w, r)
	for shown := int64(-1); err == nil; err = s.Peek(ctx) { // Peek, and not Refresh: a page that is left open may expire
		n, _, err := clicks.Get(ctx, s)
		if err != nil || n != shown && show(sse, n) != nil {
			return
		}
		shown = n
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	if errors.Is(err, atomicsession.ErrNotFound) { // signed out, revoked, expired, or signed in by another tab
		_ = sse.Redirect("/")
	}
}
