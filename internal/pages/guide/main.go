// Command guide is the program of docs/guide.md, a small site with sessions.
package main

import (
	"errors"
	"html/template"
	"log"
	"net/http"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

func main() {
	site, err := newSite(memstore.New(nil), &atomicsession.Options{
		SignIn: "/login",
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true},
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("localhost:8080", site.handler()))
}

// The keys name what is in a session, once for the whole program.
var (
	visits = atomicsession.NewCounter("visits")
	theme  = atomicsession.NewKey[string]("theme")
	cart   = atomicsession.NewList[string]("cart")
	coupon = atomicsession.NewKey[string]("coupon")
	notice = atomicsession.NewFlash[string]("notice")
)

type site struct {
	sessions *atomicsession.Manager
}

func newSite(store driver.Store, options *atomicsession.Options) (*site, error) {
	sessions, err := atomicsession.New(store, options)
	return &site{sessions}, err
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /login", s.loginForm)
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /cart", s.addToCart)
	mux.HandleFunc("POST /coupon", s.useCoupon)
	mux.HandleFunc("POST /theme", s.setTheme)
	mux.HandleFunc("POST /logout", s.logout)
	return s.sessions.Middleware(s.sessions.ProtectCSRF(mux))
}

// checkPassword stands for yours: it asks a database, and compares a slow hash.
func checkPassword(name, password string) (id string, ok bool) {
	return name, name == "ann" && password == "correct horse"
}

func (s *site) login(w http.ResponseWriter, r *http.Request) {
	id, ok := checkPassword(r.PostFormValue("name"), r.PostFormValue("password"))
	if !ok {
		http.Error(w, "wrong name or password", http.StatusForbidden)
		return
	}
	session := s.sessions.Get(r.Context())
	err := session.SignIn(r.Context(), id, notice.Push("Welcome back."))
	if err != nil {
		s.sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

var homePage = template.Must(template.New("home").Parse(`<!doctype html>
{{range .Notices}}<p>{{.}}</p>{{end}}
<p>Visit {{.Visits}} of {{or .User "a visitor"}}, in {{.Theme}}; cart: {{.Cart}}.</p>
<form method="post" action="/cart">
<input type="hidden" name="csrf_token" value="{{.Token}}">
<button name="item" value="tea">Add tea</button></form>
`))

func (s *site) home(w http.ResponseWriter, r *http.Request) {
	ctx, session := r.Context(), s.sessions.Get(r.Context())
	page := struct {
		User, Theme, Token string
		Visits             int64
		Cart, Notices      []string
	}{Theme: "light"}
	var err error
	if page.Visits, err = visits.Add(ctx, session, 1); err == nil {
		page.Token, err = session.CSRFToken(ctx)
	}
	if err == nil {
		err = session.Read(ctx, atomicsession.UserInto(&page.User), theme.Into(&page.Theme), cart.Into(&page.Cart))
	}
	if err != nil {
		s.sessions.WriteError(w, r, err)
		return
	}
	page.Notices = notice.Take(ctx, session)
	_ = homePage.Execute(w, page) // the visitor may be gone
}

var loginPage = template.Must(template.New("login").Parse(`<!doctype html>
<form method="post" action="/login">
<input type="hidden" name="csrf_token" value="{{.}}">
<input name="name"> <input name="password" type="password">
<button>Sign in</button></form>
`))

func (s *site) loginForm(w http.ResponseWriter, r *http.Request) {
	token, err := s.sessions.Get(r.Context()).CSRFToken(r.Context())
	if err != nil {
		s.sessions.WriteError(w, r, err)
		return
	}
	_ = loginPage.Execute(w, token)
}

func (s *site) setTheme(w http.ResponseWriter, r *http.Request) {
	ctx, session := r.Context(), s.sessions.Get(r.Context())
	before, found, err := theme.Get(ctx, session)
	if err == nil && (!found || before != r.PostFormValue("theme")) {
		err = session.Update(ctx, theme.Set(r.PostFormValue("theme")))
	}
	if err != nil {
		s.sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *site) addToCart(w http.ResponseWriter, r *http.Request) {
	ctx, session := r.Context(), s.sessions.Get(r.Context())
	err := session.Update(ctx, cart.Push(r.PostFormValue("item")), notice.Push("It is in your cart."))
	if err != nil {
		s.sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *site) useCoupon(w http.ResponseWriter, r *http.Request) {
	ctx, session := r.Context(), s.sessions.Get(r.Context())
	err := session.Update(ctx, atomicsession.If(coupon.Absent()), coupon.Set("SPRING"))
	if errors.Is(err, atomicsession.ErrCondition) {
		http.Error(w, "you have used your coupon", http.StatusConflict)
		return
	}
	if err != nil {
		s.sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *site) logout(w http.ResponseWriter, r *http.Request) {
	if err := s.sessions.Get(r.Context()).Destroy(r.Context()); err != nil {
		s.sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
