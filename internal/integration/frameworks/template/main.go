// Pages with html/template: every form has its CSRF token, every page the message and who is signed in.
package main

import (
	"bytes"
	"html/template"
	"log"
	"net/http"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

var (
	sessions = newSessions()
	notes    = atomicsession.NewList[string]("notes")
	notices  = atomicsession.NewFlash[string]("notices") // each is shown once, and none of them fails a page
)

func newSessions() *atomicsession.Manager {
	sessions, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		SignIn: "/sign-in",
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
	mux.HandleFunc("POST /{$}", add)
	mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) { show(w, r, "sign-in", nil) })
	mux.HandleFunc("POST /sign-in", signIn)
	return sessions.Middleware(sessions.ProtectCSRF(mux))
}

var pages = template.Must(template.New("").Parse(`
{{define "head"}}<!doctype html><meta name="viewport" content="width=device-width">
<p>{{with .Name}}{{.}}{{else}}<a href="/sign-in">Sign in</a>{{end}}</p>
{{range .Notices}}<p>{{.}}</p>{{end}}{{end}}

{{define "csrf"}}<input type="hidden" name="csrf_token" value="{{.CSRF}}">{{end}}

{{define "home"}}{{template "head" .}}
<ul>{{range .Data}}<li>{{.}}</li>{{end}}</ul>
<form method="post">{{template "csrf" .}}<input name="note"> <button>Add</button></form>{{end}}

{{define "sign-in"}}{{template "head" .}}
<form method="post">{{template "csrf" .}}
<input name="name" placeholder="Name"> <input name="password" type="password" placeholder="Password"> <button>Sign in</button></form>{{end}}
`))

// page is what each page knows: inside of {{range}} and {{with}} it is $, as in {{template "csrf" $}}.
type page struct {
	CSRF, Name string
	Notices    []string
	Data       any
}

// show answers with a page. It has read the session when the first byte is written, since the cookie goes out before that.
func show(w http.ResponseWriter, r *http.Request, which string, data any) {
	ctx, s := r.Context(), sessions.Get(r.Context())
	p := page{Data: data}
	var err error
	if p.CSRF, err = s.CSRFToken(ctx); err == nil {
		err = s.Read(ctx, atomicsession.UserInto(&p.Name))
	}
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	p.Notices = notices.Take(ctx, s)
	var whole bytes.Buffer // a template that fails is a 500, not half a page
	if err := pages.ExecuteTemplate(&whole, which, p); err != nil {
		log.Print(err)
		http.Error(w, "this page is broken", http.StatusInternalServerError)
		return
	}
	_, _ = whole.WriteTo(w)
}

func home(w http.ResponseWriter, r *http.Request) {
	list, _, err := notes.Get(r.Context(), sessions.Get(r.Context()))
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	show(w, r, "home", list)
}

func add(w http.ResponseWriter, r *http.Request) {
	err := sessions.Get(r.Context()).Update(r.Context(), notes.Push(r.PostFormValue("note")), notices.Push("The note is kept."))
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func signIn(w http.ResponseWriter, r *http.Request) {
	user := r.PostFormValue("name")
	if r.PostFormValue("password") != "correct horse" { // yours asks the database, and compares a slow hash
		http.Error(w, "wrong name or password", http.StatusForbidden)
		return
	}
	err := sessions.Get(r.Context()).SignIn(r.Context(), user, notices.Push("Welcome."))
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
