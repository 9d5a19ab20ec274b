package atomicsession_test

import (
	"cmp"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// What follows is on docs/users.md, piece by piece.

// pages is a site of the examples, at whose clock it is noon.
type pages struct {
	*http.ServeMux
	sessions *atomicsession.Manager
	server   *httptest.Server
	now      time.Time
}

func newPages(opts atomicsession.Options) *pages {
	p := &pages{ServeMux: http.NewServeMux(), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	opts.Now = func() time.Time { return p.now }
	var err error
	if p.sessions, err = atomicsession.New(memstore.New(nil), &opts); err != nil {
		log.Fatal(err)
	}
	p.server = httptest.NewTLSServer(p.sessions.Middleware(p))
	return p
}

// exampleBrowser is a browser of somebody.
type exampleBrowser struct {
	site   *pages
	agent  string
	client http.Client
}

func (p *pages) browser(agent string) *exampleBrowser {
	b := &exampleBrowser{p, agent, *p.server.Client()}
	b.client.Jar, _ = cookiejar.New(nil)
	return b
}

// copied returns another browser with the same cookies.
func (b *exampleBrowser) copied() *exampleBrowser {
	c, u := b.site.browser(b.agent), &url.URL{Scheme: "https", Host: b.site.server.Listener.Addr().String()}
	c.client.Jar.SetCookies(u, b.client.Jar.Cookies(u))
	return c
}

// open opens a page and prints what is shown in the end. Pairs are fields of a form.
func (b *exampleBrowser) open(method, page string, pairs ...string) {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequest(method, b.site.server.URL+page, strings.NewReader(form.Encode()))
	if err != nil {
		log.Fatal(err)
	}
	req.Header = http.Header{"Accept": {"text/html"}, "User-Agent": {b.agent}}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Referer", b.site.server.URL+page)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if shown := resp.Request.URL.RequestURI(); shown != page {
		page += " -> " + shown
	}
	fmt.Println(strings.TrimSpace(fmt.Sprintf("%s %s: %s", method, page, text)))
}

// checkPassword returns who has the name and the password. Yours asks the database, and compares a slow hash.
func checkPassword(r *http.Request) (user string, ok bool) {
	return r.PostFormValue("name"), r.PostFormValue("password") == "correct horse"
}

// Sign in, say how, and show it.
func ExampleAuthenticatedBy() {
	site := newPages(atomicsession.Options{})
	defer site.server.Close()
	sessions := site.sessions
	site.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		user, ok := checkPassword(r)
		if !ok {
			http.Error(w, "wrong name or password", http.StatusForbidden)
			return
		}
		err := sessions.Get(r.Context()).SignIn(r.Context(), user, atomicsession.AuthenticatedBy("pwd"))
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	})
	site.HandleFunc("POST /code", func(w http.ResponseWriter, r *http.Request) {
		// Check the code first. The methods are those that hold from now on: name the password again.
		err := sessions.Get(r.Context()).Renew(r.Context(), atomicsession.AuthenticatedBy("pwd", "otp"))
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	})
	site.HandleFunc("GET /account", func(w http.ResponseWriter, r *http.Request) {
		last, err := sessions.Get(r.Context()).Authenticated(r.Context())
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		fmt.Fprintf(w, "signed in at %s by %q", last.At.Format("15:04"), last.Methods)
	})

	b := site.browser("Firefox")
	b.open("POST", "/login", "name", "ann", "password", "correct horse")
	site.now = site.now.Add(time.Minute)
	b.open("POST", "/code")
	// Output:
	// POST /login -> /account: signed in at 12:00 by ["pwd"]
	// POST /code -> /account: signed in at 12:01 by ["pwd" "otp"]
}

// Some pages need a sign-in of the last quarter of an hour ("sudo"). Who has none is asked for the password, and comes back.
func ExampleManager_RequireSignedInWithin() {
	site := newPages(atomicsession.Options{SignIn: "/login"})
	defer site.server.Close()
	sessions := site.sessions
	const recently = 15 * time.Minute
	email := atomicsession.NewKey[string]("email")

	form := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a form for another address") }
	change := func(w http.ResponseWriter, r *http.Request) {
		ctx, s := r.Context(), sessions.Get(r.Context())
		err := s.Update(ctx, atomicsession.If(atomicsession.SignedInWithin(recently)), email.Set(r.PostFormValue("email")))
		if err != nil {
			sessions.WriteError(w, r, err) // if it is too long ago: to /login, and back to the form
			return
		}
		fmt.Fprint(w, "the address is changed")
	}
	site.Handle("GET /email", sessions.RequireSignedInWithin(recently, http.HandlerFunc(form)))
	site.HandleFunc("POST /email", change)

	login := func(w http.ResponseWriter, r *http.Request) {
		ctx, s := r.Context(), sessions.Get(r.Context())
		user, ok := checkPassword(r)
		if !ok {
			http.Error(w, "wrong name or password", http.StatusForbidden)
			return
		}
		before, err := s.User(ctx)
		switch {
		case err != nil:
		case before == user: // the same user once more: Lifetime and Persistent stay as they are
			err = s.Renew(ctx, atomicsession.AuthenticatedBy("pwd"))
		case before == "":
			err = s.Renew(ctx, atomicsession.User(user), atomicsession.AuthenticatedBy("pwd"))
		default:
			err = s.Reset(ctx, atomicsession.User(user), atomicsession.AuthenticatedBy("pwd"))
		}
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		http.Redirect(w, r, cmp.Or(sessions.ReturnPath(r), "/"), http.StatusSeeOther)
	}
	site.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a form without an action") })
	site.HandleFunc("POST /login", login)
	site.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the first page") })

	b := site.browser("Firefox")
	b.open("POST", "/login", "name", "ann", "password", "correct horse")
	b.open("GET", "/email")
	site.now = site.now.Add(recently + time.Second) // the form is open for long
	b.open("POST", "/email", "email", "ann@example.com")
	b.open("POST", "/login?return=%2Femail", "name", "ann", "password", "correct horse")
	b.open("POST", "/email", "email", "ann@example.com")
	// Output:
	// POST /login -> /: the first page
	// GET /email: a form for another address
	// POST /email -> /login?return=%2Femail: a form without an action
	// POST /login?return=%2Femail -> /email: a form for another address
	// POST /email: the address is changed
}
