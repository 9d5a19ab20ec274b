package atomicsession_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// WriteError is what a handler does with the errors of sessions: scripts get a status, visitors a page that leads on, here to the
// sign-in.
func ExampleManager_WriteError() {
	sessions, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{SignIn: "/login"})
	if err != nil {
		log.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		err := sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User("42"))
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
	})
	mux.HandleFunc("GET /account", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Touch(r.Context()); err != nil { // asks for a session that goes on
			sessions.WriteError(w, r, err)
			return
		}
	})
	server := httptest.NewTLSServer(sessions.Middleware(mux))
	defer server.Close()

	browser := server.Client()
	browser.Jar, _ = cookiejar.New(nil)
	fetch := func(mode, path string) {
		req, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
		if err != nil {
			log.Fatal(err)
		}
		req.Header.Set("Sec-Fetch-Mode", mode)
		resp, err := browser.Do(req)
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
		fmt.Printf("%s %s: %s from %s\n", mode, path, resp.Status, resp.Request.URL.Path)
	}
	fetch("navigate", "/login")
	fetch("cors", "/account")
	if _, err := sessions.RevokeAll(context.Background(), "42"); err != nil {
		log.Fatal(err)
	}
	fetch("cors", "/account")
	fetch("navigate", "/account")
	// Output:
	// navigate /login: 200 OK from /login
	// cors /account: 200 OK from /account
	// cors /account: 410 Gone from /account
	// navigate /account: 200 OK from /login
}
