// A site with chi: a counter, sign-in, pages of those who are signed in, and one that needs a recent sign-in.
package main

import (
	"cmp"
	"fmt"
	"html"
	"log"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

var (
	sessions = newSessions()
	visits   = atomicsession.NewCounter("visits")
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

func newHandler() chi.Router {
	r := chi.NewRouter()
	r.Use(middleware.Logger, middleware.Recoverer, middleware.Compress(5), middleware.Timeout(10*time.Second), middleware.RequestSize(1<<20))
	r.Use(sessions.Middleware, sessions.ProtectCSRF) // inside of all that, so that the log has the status that is sent
	r.Get("/", home)
	r.Get("/sign-in", signInForm)
	r.Post("/sign-in", signIn)
	r.Group(func(r chi.Router) {
		r.Use(sessions.RequireSignedIn) // a visitor who is not signed in is led to the sign-in, and then back
		r.Get("/account", account)
		r.With(recently).Get("/account/email", email)
	})
	return r
}

// recently asks for the password once more when the last time was more than ten minutes ago.
func recently(next http.Handler) http.Handler {
	return sessions.RequireSignedInWithin(10*time.Minute, next)
}

func home(w http.ResponseWriter, r *http.Request) {
	n, err := visits.Add(r.Context(), sessions.Get(r.Context()), 1)
	show(w, r, err, fmt.Sprintf(`<p>Visits: %d.</p><a href="/account">Account</a>`, n))
}

func account(w http.ResponseWriter, r *http.Request) {
	user, err := sessions.Get(r.Context()).User(r.Context())
	show(w, r, err, `<p>Hello `+html.EscapeString(user)+`</p><a href="/account/email">Change my address</a>`)
}

func email(w http.ResponseWriter, r *http.Request) {
	show(w, r, nil, `<p>A form for another address.</p>`)
}

func signInForm(w http.ResponseWriter, r *http.Request) {
	token, err := sessions.Get(r.Context()).CSRFToken(r.Context())
	show(w, r, err, `<form method="post"><input type="hidden" name="csrf_token" value="`+token+`">
<input name="name" placeholder="Name"> <input name="password" type="password" placeholder="Password"> <button>Sign in</button></form>`) // no action: the query stays
}

func signIn(w http.ResponseWriter, r *http.Request) {
	user := r.PostFormValue("name")
	if r.PostFormValue("password") != "correct horse" { // yours asks the database, and compares a slow hash
		http.Error(w, "wrong name or password", http.StatusForbidden)
		return
	}
	if err := sessions.Get(r.Context()).SignIn(r.Context(), user); err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, cmp.Or(sessions.ReturnPath(r), "/account"), http.StatusSeeOther)
}

func show(w http.ResponseWriter, r *http.Request, err error, page string) {
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, `<!doctype html><meta name="viewport" content="width=device-width">`, page)
}
