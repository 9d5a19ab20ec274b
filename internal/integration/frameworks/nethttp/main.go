// A shop with net/http alone: a counter, a cart, sign-in, sign-out and messages.
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
	visits   = atomicsession.NewCounter("visits")
	cart     = atomicsession.NewList[string]("cart")
	notices  = atomicsession.NewFlash[string]("notices") // each is shown once, and none of them fails a page
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
	mux.HandleFunc("POST /cart/{item}", add)
	mux.HandleFunc("POST /sign-in", signIn)
	mux.HandleFunc("POST /sign-out", signOut)
	return sessions.Middleware(sessions.ProtectCSRF(mux))
}

var page = template.Must(template.New("").Parse(`<!doctype html><meta name="viewport" content="width=device-width">
{{range .Notices}}<p>{{.}}</p>{{end}}
<p>Hello {{or .Name "stranger"}}. Visits: {{.Visits}}. Cart: {{range .Cart}}{{.}} {{end}}</p>
<form method="post"><input type="hidden" name="csrf_token" value="{{.CSRF}}">
<button formaction="/cart/tea">Add tea</button> {{if .Name}}<button formaction="/sign-out">Sign out</button>{{end}}</form>
{{if not .Name}}<form method="post" action="/sign-in"><input type="hidden" name="csrf_token" value="{{.CSRF}}">
<input name="name" placeholder="Name"> <input name="password" type="password" placeholder="Password"> <button>Sign in</button></form>{{end}}
`))

func home(w http.ResponseWriter, r *http.Request) {
	ctx, s := r.Context(), sessions.Get(r.Context())
	var p struct {
		CSRF, Name    string
		Visits        int64
		Cart, Notices []string
	}
	err := s.Update(ctx, visits.Inc(1))
	if err == nil {
		p.CSRF, err = s.CSRFToken(ctx)
	}
	if err == nil {
		err = s.Read(ctx, atomicsession.UserInto(&p.Name), visits.Into(&p.Visits), cart.Into(&p.Cart))
	}
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	p.Notices = notices.Take(ctx, s)
	_ = page.Execute(w, p)
}

func add(w http.ResponseWriter, r *http.Request) {
	done(w, r, sessions.Get(r.Context()).Update(r.Context(), cart.Push(r.PathValue("item")), notices.Push("It is in the cart.")))
}

func signIn(w http.ResponseWriter, r *http.Request) {
	user := r.PostFormValue("name")
	if r.PostFormValue("password") != "correct horse" { // yours asks the database, and compares a slow hash
		http.Error(w, "wrong name or password", http.StatusForbidden)
		return
	}
	done(w, r, sessions.Get(r.Context()).SignIn(r.Context(), user))
}

func signOut(w http.ResponseWriter, r *http.Request) {
	done(w, r, sessions.Get(r.Context()).Reset(r.Context(), notices.Push("You have signed out.")))
}

// done leads back to the page.
func done(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
