package main

import (
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/atomicsession/atomicsession"
)

var (
	name    = atomicsession.NewKey[string]("name")
	cart    = atomicsession.NewList[string]("cart")
	notices = atomicsession.NewFlash[string]("notices")
)

type site struct {
	sessions *atomicsession.Manager
	ending   <-chan struct{} // closed when the server shuts down
}

func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /login", s.loginForm)
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /logout", s.logout)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /healthz", s.health)
	return mux
}

var homePage = template.Must(template.New("home").Parse(`<!doctype html>
{{range .Notices}}<p>{{.}}</p>{{end}}
{{if .Token}}<p>Hello {{.Name}}. You are signed in on</p>
<ul>{{range .Devices}}<li>{{.UserAgent}}{{if .Current}} (here){{end}}</li>{{end}}</ul>
<form method="post" action="/logout"><input type="hidden" name="csrf_token" value="{{.Token}}"><button>Sign out</button></form>
{{else}}<a href="/login">Sign in</a>{{end}}
`))

// home begins no session, so robots leave nothing behind.
func (s *site) home(w http.ResponseWriter, r *http.Request) {
	ctx, session := r.Context(), s.sessions.Get(r.Context())
	var page struct {
		Name, Token string
		Notices     []string
		Devices     []atomicsession.Info
	}
	user := ""
	err := session.Read(ctx, atomicsession.UserInto(&user), name.Into(&page.Name))
	if err == nil && user != "" {
		if page.Token, err = session.CSRFToken(ctx); err == nil {
			page.Devices, err = s.sessions.UserSessions(ctx, user)
		}
	}
	if err != nil {
		s.sessions.WriteError(w, r, err)
		return
	}
	page.Notices = notices.Take(ctx, session) // without a notice it writes nothing to the store
	_ = homePage.Execute(w, page)
}

var loginPage = template.Must(template.New("login").Parse(`<!doctype html>
<form method="post" action="/login"><input type="hidden" name="csrf_token" value="{{.}}">
<input name="name" autocomplete="username"> <input name="password" type="password" autocomplete="current-password">
<label><input name="remember" type="checkbox"> Remember me</label> <button>Sign in</button></form>
`))

// loginForm begins a session, because the form's token belongs to one: exclude the page in robots.txt.
func (s *site) loginForm(w http.ResponseWriter, r *http.Request) {
	token, err := s.sessions.Get(r.Context()).CSRFToken(r.Context())
	if err != nil {
		s.sessions.WriteError(w, r, err)
		return
	}
	_ = loginPage.Execute(w, token)
}

// checkPassword returns the ID of the user with this name and password. Yours asks the database, and compares a slow hash.
func checkPassword(name, password string) (id string, ok bool) {
	return "42", name == "ann" && password == "correct horse"
}

func (s *site) login(w http.ResponseWriter, r *http.Request) {
	ctx, session := r.Context(), s.sessions.Get(r.Context())
	id, ok := checkPassword(r.PostFormValue("name"), r.PostFormValue("password"))
	if !ok {
		http.Error(w, "wrong name or password", http.StatusForbidden)
		return
	}
	changes := []atomicsession.Change{atomicsession.AuthenticatedBy("pwd"), name.Set(r.PostFormValue("name"))}
	if r.PostFormValue("remember") != "" {
		changes = append(changes, atomicsession.Persistent(true))
	} else {
		changes = append(changes, atomicsession.Persistent(false), atomicsession.Lifetime(8*time.Hour))
	}
	if err := session.SignIn(ctx, id, changes...); err != nil {
		s.sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *site) logout(w http.ResponseWriter, r *http.Request) {
	// Destroy would do as well, but leaves no session to keep the message in.
	if err := s.sessions.Get(r.Context()).Reset(r.Context(), notices.Push("You have signed out.")); err != nil {
		s.sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// events tells a page how many things are in the cart, until the page is closed, the session ends or the server shuts down.
func (s *site) events(w http.ResponseWriter, r *http.Request) {
	ctx, session := r.Context(), s.sessions.Get(r.Context())
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // the server's WriteTimeout is for pages, not for streams
	ticker := time.NewTicker(5 * time.Second)
	defer ticker.Stop()
	for begun := false; ; begun = true {
		// Peek does not extend the session: a page that is only open must not keep it alive.
		err := session.Peek(ctx)
		if err != nil && !begun {
			s.sessions.WriteError(w, r, err) // a status such as 410 tells the browser not to come back
		}
		if err != nil {
			return
		}
		items, _, err := cart.Get(ctx, session)
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "data: %d\n\n", len(items))
		if err := control.Flush(); err != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-s.ending:
			return
		case <-ctx.Done():
			return
		}
	}
}

// health asks the store for a session that does not exist.
func (s *site) health(w http.ResponseWriter, r *http.Request) {
	if err := s.sessions.Ping(r.Context()); err != nil {
		s.sessions.WriteError(w, r, err)
	}
}
