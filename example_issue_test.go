package atomicsession_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// A link in an e-mail signs in once. What it carries is the value of the cookie of a session that knows for whom it is, and nothing else.
// The page behind the link has a button, since programs that look through e-mails open links, too; whoever presses it gets a session with a
// secret of its own, and the link is dead.
func ExampleManager_Issue() {
	sessions, err := atomicsession.New(memstore.New(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	invited := atomicsession.NewKey[string]("invited")

	mux := http.NewServeMux()
	mux.HandleFunc("GET /invitation", func(w http.ResponseWriter, r *http.Request) { // a page with the button
		fmt.Fprintf(w, `<form method="post" action="/invitation?%s"><button>Sign in</button></form>`, url.Values{"code": {r.FormValue("code")}}.Encode())
	})
	mux.HandleFunc("GET /account", func(w http.ResponseWriter, r *http.Request) {
		user, err := sessions.Get(r.Context()).User(r.Context())
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		fmt.Printf("user %q\n", user)
	})
	outer := http.NewServeMux()
	outer.Handle("/", sessions.Middleware(mux))
	outer.HandleFunc("POST /invitation", func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Cookie", "__Host-session="+r.URL.Query().Get("code")) // in the place of what the browser has
		x := sessions.Begin(w, r)
		status := http.StatusInternalServerError
		defer func() { _ = x.Finish(status) }()
		w, r = x.Writer, x.Request
		s := sessions.Get(r.Context())
		user, ok, err := invited.Get(r.Context(), s)
		if err == nil && !ok {
			err = atomicsession.ErrNotFound
		}
		if err == nil {
			err = s.Renew(r.Context(), atomicsession.User(user), atomicsession.AuthenticatedBy("link"), invited.Unset())
		}
		if err != nil {
			sessions.WriteError(w, r, err)
		} else {
			http.Redirect(w, r, "/account", http.StatusSeeOther)
		}
		status = http.StatusOK
	})
	server := httptest.NewTLSServer(outer)
	defer server.Close()

	// A job makes the link, which is good for a day.
	cookie, _, err := sessions.Issue(context.Background(), invited.Set("42"), atomicsession.Lifetime(24*time.Hour))
	if err != nil {
		log.Fatal(err)
	}
	link := server.URL + "/invitation?code=" + cookie.Value

	press := func() {
		browser := *server.Client()
		browser.Jar, _ = cookiejar.New(nil)
		resp, err := browser.Post(link, "", nil)
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
		fmt.Println(resp.Request.URL.Path, resp.StatusCode)
	}
	press()
	press()
	// Output:
	// user "42"
	// /account 200
	// /invitation 410
}
