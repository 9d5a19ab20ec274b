package atomicsession_test

import (
	"encoding/json"
	"fmt"
	"html/template"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/atomicsession/atomicsession"
)

// ProtectCSRF lets unsafe requests through only with the token of the session, here in a form.
func ExampleManager_ProtectCSRF() {
	page := template.Must(template.New("page").Parse(
		`<form method="post"><input type="hidden" name="csrf_token" value="{{.}}"><button>Delete</button></form>`))

	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		token, err := sessions.Get(r.Context()).CSRFToken(r.Context())
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		_ = page.Execute(w, token)
	})
	mux.HandleFunc("POST /", func(http.ResponseWriter, *http.Request) { fmt.Println("deleted") })
	server := httptest.NewTLSServer(sessions.Middleware(sessions.ProtectCSRF(mux)))
	defer server.Close()

	browser := server.Client()
	browser.Jar, _ = cookiejar.New(nil)
	resp, err := browser.Get(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	var form strings.Builder
	_ = resp.Write(&form)
	_, rest, _ := strings.Cut(form.String(), `value="`)
	token, _, _ := strings.Cut(rest, `"`)
	for _, sent := range []string{token, "guessed"} {
		resp, err := browser.PostForm(server.URL, url.Values{"csrf_token": {sent}})
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
		fmt.Println(resp.Status)
	}
	// Output:
	// deleted
	// 200 OK
	// 403 Forbidden
}

// A page that works with fetch gets the token as JSON and sends it in the header. A renewal ends the tokens made before, so the
// answer to a sign-in brings the next one.
func ExampleSession_CSRFToken() {
	type state struct {
		User  string `json:"user"`
		Token string `json:"csrf_token"`
	}
	answer := func(w http.ResponseWriter, r *http.Request) {
		ctx, s := r.Context(), sessions.Get(r.Context())
		user, err := s.User(ctx)
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		token, err := s.CSRFToken(ctx)
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		_ = json.NewEncoder(w).Encode(state{user, token})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /state", answer)
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		// Check the password first.
		if err := sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User("42")); err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		answer(w, r)
	})
	server := httptest.NewTLSServer(sessions.Middleware(sessions.ProtectCSRF(mux)))
	defer server.Close()

	browser := server.Client()
	browser.Jar, _ = cookiejar.New(nil)
	fetch := func(method, path, token string) (got state) {
		req, err := http.NewRequest(method, server.URL+path, nil)
		if err != nil {
			log.Fatal(err)
		}
		req.Header.Set("X-CSRF-Token", token)
		resp, err := browser.Do(req)
		if err != nil {
			log.Fatal(err)
		}
		defer resp.Body.Close()
		_ = json.NewDecoder(resp.Body).Decode(&got)
		fmt.Printf("%s %s: %s, user %q\n", method, path, resp.Status, got.User)
		return got
	}
	first := fetch("GET", "/state", "")
	second := fetch("POST", "/login", first.Token)
	fetch("POST", "/login", first.Token)
	fetch("POST", "/login", second.Token)
	// Output:
	// GET /state: 200 OK, user ""
	// POST /login: 200 OK, user "42"
	// POST /login: 403 Forbidden, user ""
	// POST /login: 200 OK, user "42"
}
