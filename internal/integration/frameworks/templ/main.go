// Pages with templ: every form has its CSRF token, every page the messages and who is signed in.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/a-h/templ"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

var (
	sessions = newSessions()
	flash    = atomicsession.NewFlash[string]("flash")
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
	mux.HandleFunc("POST /say", say)
	mux.HandleFunc("POST /sign-in", signIn)
	return sessions.Middleware(sessions.ProtectCSRF(mux))
}

// csrf is a part of every form. Components get the request's context, and so its session.
func csrf() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		token, err := sessions.Get(ctx).CSRFToken(ctx)
		if err == nil {
			_, err = fmt.Fprintf(w, `<input type="hidden" name="csrf_token" value="%s">`, token)
		}
		return err
	})
}

// page is what "templ generate" makes of a .templ file.
func page(user string, messages []string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		fmt.Fprintf(w, "<!doctype html>\n<p>Hello %s.</p>\n", templ.EscapeString(cmp.Or(user, "stranger")))
		for _, text := range messages {
			fmt.Fprintf(w, "<p>%s</p>\n", templ.EscapeString(text))
		}
		fmt.Fprint(w, `<form method="post">`)
		if err := csrf().Render(ctx, w); err != nil {
			return err
		}
		fmt.Fprint(w, `<input name="text"> <button formaction="/say">Say</button></form> <form method="post" action="/sign-in">`)
		if err := csrf().Render(ctx, w); err != nil {
			return err
		}
		_, err := fmt.Fprint(w, `<input name="name" placeholder="Name">
<input name="password" type="password" placeholder="Password"> <button>Sign in</button></form>`)
		return err
	})
}

// show renders into a buffer. So a component may begin the session, and if one fails, an error is sent and not half a page.
func show(w http.ResponseWriter, r *http.Request, page templ.Component) {
	templ.Handler(page, templ.WithErrorHandler(func(_ *http.Request, err error) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			log.Print(err)
			sessions.WriteError(w, r, err) // a 500 if the error does not come from a session
		})
	})).ServeHTTP(w, r)
}

func home(w http.ResponseWriter, r *http.Request) {
	ctx, s := r.Context(), sessions.Get(r.Context())
	user, err := s.User(ctx)
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	show(w, r, page(user, flash.Take(ctx, s)))
}

func say(w http.ResponseWriter, r *http.Request) {
	done(w, r, sessions.Get(r.Context()).Update(r.Context(), flash.Push(r.PostFormValue("text"))))
}

func signIn(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("password") != "correct horse" { // yours asks the database, and compares a slow hash
		http.Error(w, "wrong name or password", http.StatusForbidden)
		return
	}
	done(w, r, sessions.Get(r.Context()).SignIn(r.Context(), r.PostFormValue("name")))
}

// done leads back to the page.
func done(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
