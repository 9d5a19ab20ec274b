package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/github"

	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
)

// newSite serves the program and a provider that speaks as GitHub does and signs in whose number is in user.
func newSite(t *testing.T) (b *browser.Browser, user *atomic.Int64) {
	t.Helper()
	user = new(atomic.Int64)
	b = browser.New(t, newHandler())
	codes := new(sync.Map) // each good for one token, which is the number
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		code := fmt.Sprint("code of ", r.FormValue("state"))
		codes.Store(code, user.Load())
		back := url.Values{"code": {code}, "state": {r.FormValue("state")}}
		http.Redirect(w, r, r.FormValue("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		number, ok := codes.LoadAndDelete(r.PostFormValue("code"))
		if !ok || id != "shop" || secret != "secret" {
			http.Error(w, `{"error": "invalid_grant"}`, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token": "%d", "token_type": "bearer"}`, number)
	})
	mux.HandleFunc("GET /user", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"id": %s, "login": "ann"}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	provider := github.NewCustomisedURL("shop", "secret", b.Site+"/callback",
		server.URL+"/authorize", server.URL+"/token", server.URL+"/user", server.URL+"/emails")
	provider.HTTPClient = server.Client()
	goth.UseProviders(provider)
	t.Cleanup(goth.ClearProviders)
	return b, user
}

// toProvider opens the path in a tab of its own, and returns where the provider leads back to.
func toProvider(t *testing.T, b *browser.Browser, path string) (callback string) {
	t.Helper()
	follow := b.CheckRedirect
	defer func() { b.CheckRedirect = follow }()
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	there, err := b.Get(path).Want(303).Location()
	if err != nil {
		t.Fatal(err)
	}
	back, err := b.Get(there.String()).Want(303).Location()
	if err != nil {
		t.Fatal(err)
	}
	return back.String()
}

// come follows the provider's redirect: a navigation that another site has begun.
func come(t *testing.T, b *browser.Browser, callback string) *browser.Answer {
	t.Helper()
	return b.Do(t.Context(), http.MethodGet, callback, nil, http.Header{"Sec-Fetch-Site": {"cross-site"}})
}

func TestSignIn(t *testing.T) {
	b, user := newSite(t)
	user.Store(1)
	b.Get("/").Want(200, "Hello stranger")
	callback := toProvider(t, b, "/sign-in/github")
	before := b.Session()
	come(t, b, callback).Want(200, "Hello github:1").WantPath("/")
	if b.Session() == before {
		t.Error("the sign-in leaves the secret as it was")
	}
	if cookies := len(b.Jar.Cookies(mustParse(t, b.Site))); cookies != 1 {
		t.Errorf("there are %d cookies", cookies)
	}
	come(t, b, callback).Want(403, "did not sign you in") // used
	b.Get("/sign-in/another").Want(404)
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Each tab has its own attempt, whichever comes back first; with one cookie for all of them gothic has only the latest.
func TestTabs(t *testing.T) {
	b, user := newSite(t)
	user.Store(2)
	one := toProvider(t, b, "/sign-in/github?return=%2F%3Fone")
	two := toProvider(t, b, "/sign-in/github?return=%2F%3Ftwo")
	old := b.Copy()
	come(t, b, two).Want(200, "Hello github:2").WantPath("/?two")
	come(t, old, one).Want(410, "One moment") // with the cookie of before, and then with the new one
	come(t, b, one).Want(200, "Hello github:2").WantPath("/?one")
}

func TestRefused(t *testing.T) {
	b, user := newSite(t)
	user.Store(3)
	callback := toProvider(t, b, "/sign-in/github")
	stranger := b.Another()
	come(t, stranger, callback).Want(403) // whose session has no such attempt
	if stranger.Session() != "" {
		t.Error("a callback begins a session")
	}
	come(t, b, "/callback?code=1&state=wrong").Want(403)
	come(t, b, "/callback").Want(403)
	state := mustParse(t, toProvider(t, b, "/sign-in/github")).Query()["state"]
	come(t, b, "/callback?"+url.Values{"error": {"access_denied"}, "state": state}.Encode()).Want(403)
	come(t, b, callback).Want(200, "Hello github:3")
}

// Of callbacks that arrive at the same moment with one state, one comes through.
func TestOneWinner(t *testing.T) {
	b, user := newSite(t)
	user.Store(4)
	callback := toProvider(t, b, "/sign-in/github")
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var won, others atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			switch come(t, b, callback).StatusCode {
			case 303:
				won.Add(1)
			case 403, 410: // 410: overtaken by the sign-in
				others.Add(1)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 || others.Load() != 7 {
		t.Errorf("%d come through, %d are refused", won.Load(), others.Load())
	}
}

// Attempts that never come back do not pile up.
func TestBound(t *testing.T) {
	b, user := newSite(t)
	user.Store(5)
	first := toProvider(t, b, "/sign-in/github")
	for range 10 {
		toProvider(t, b, "/sign-in/github")
	}
	come(t, b, first).Want(403)
	come(t, b, toProvider(t, b, "/sign-in/github")).Want(200, "Hello github:5")
	list, err := sessions.UserSessions(t.Context(), "github:5")
	if err != nil || len(list) == 0 {
		t.Fatalf("the sessions are %v, %v", list, err)
	}
	for _, info := range list {
		var left map[string]attempt
		if _, err := sessions.ReadSession(t.Context(), "github:5", info.ID, attempts.Into(&left)); err != nil || len(left) != 1 {
			t.Errorf("%d attempts are left, %v", len(left), err)
		}
	}
}

func TestEnded(t *testing.T) {
	b, user := newSite(t)
	user.Store(6)
	b.Get("/sign-in/github").Want(200, "Hello github:6")
	callback := toProvider(t, b, "/sign-in/github")
	if _, err := sessions.RevokeAll(t.Context(), "github:6"); err != nil {
		t.Fatal(err)
	}
	b.Get("/").Want(200, "Hello stranger")
	come(t, b, callback).Want(403)
	b.Get("/sign-in/github").Want(200, "Hello github:6")
}
