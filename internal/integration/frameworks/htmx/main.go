// Fragments with htmx: the token of the page, sign-in without loading the page anew, and fragments that come too late.
package main

import (
	"html/template"
	"log"
	"net/http"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

var (
	sessions = newSessions()
	clicks   = atomicsession.NewCounter("clicks")
)

func newSessions() *atomicsession.Manager {
	sessions, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		SignIn: "/",
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
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { show(w, r, "page", "") })
	mux.HandleFunc("POST /click", click)
	mux.HandleFunc("POST /sign-in", signIn)
	mux.HandleFunc("POST /sign-out", signOut)
	mux.HandleFunc("GET /htmx.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "htmx.js") })
	return sessions.Middleware(sessions.ProtectCSRF(mux))
}

// The token is in <main>, which a sign-in replaces, and not in <body>, whose attributes htmx 2 leaves as they are.
var pages = template.Must(template.New("").Parse(`
{{define "page"}}<!doctype html><meta name="viewport" content="width=device-width">
<meta name="htmx-config" content='{"implicitInheritance": true}'>
<script src="/htmx.js"></script>
<body>{{template "main" .}}</body>{{end}}

{{define "main"}}<main id="main" hx-headers='{"X-CSRF-Token": "{{.CSRF}}"}'>
<p>Hello {{or .Name "stranger"}}. {{.Message}}</p>
<button id="click" hx-post="/click">{{template "clicks" .}}</button>
{{if .Name}}<button id="sign-out" hx-post="/sign-out" hx-target="#main" hx-swap="outerHTML">Sign out</button>
{{else}}<form hx-post="/sign-in" hx-target="#main" hx-swap="outerHTML">
<input name="name" placeholder="Name"> <input name="password" type="password" placeholder="Password"> <button id="sign-in">Sign in</button></form>{{end}}
</main>{{end}}

{{define "clicks"}}Clicks: {{.Clicks}}{{end}}
`))

// show answers with the page or a part of it.
func show(w http.ResponseWriter, r *http.Request, part, message string) {
	ctx, s := r.Context(), sessions.Get(r.Context())
	p := struct {
		CSRF, Name, Message string
		Clicks              int64
	}{Message: message}
	var err error
	if p.CSRF, err = s.CSRFToken(ctx); err == nil { // after a Renew: the new one
		err = s.Read(ctx, atomicsession.UserInto(&p.Name), clicks.Into(&p.Clicks))
	}
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8") // net/http cannot tell from a fragment that it is HTML
	_ = pages.ExecuteTemplate(w, part, p)
}

func click(w http.ResponseWriter, r *http.Request) {
	if err := sessions.Get(r.Context()).Update(r.Context(), clicks.Inc(1)); err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	show(w, r, "clicks", "")
}

func signIn(w http.ResponseWriter, r *http.Request) {
	user := r.PostFormValue("name")
	if r.PostFormValue("password") != "correct horse" { // yours asks the database, and compares a slow hash
		show(w, r, "main", "Wrong name or password.")
		return
	}
	if err := sessions.Get(r.Context()).SignIn(r.Context(), user); err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	show(w, r, "main", "") // every earlier token is dead: so the whole element that holds it
}

func signOut(w http.ResponseWriter, r *http.Request) {
	if err := sessions.Get(r.Context()).Reset(r.Context()); err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	show(w, r, "main", "")
}
