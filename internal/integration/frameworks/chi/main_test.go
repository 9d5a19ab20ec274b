package main

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
)

func signInAs(b *browser.Browser, user string) *browser.Answer {
	return b.Post("/sign-in", "csrf_token", b.Get("/sign-in").CSRF(), "name", user, "password", "correct horse")
}

func TestVisits(t *testing.T) {
	b := browser.New(t, newHandler())
	b.Get("/").Want(200, "Visits: 1.")
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { b.Get("/").Want(200) })
	}
	group.Wait()
	b.Get("/").Want(200, "Visits: 22.")
	b.Another().Get("/").Want(200, "Visits: 1.")
}

// Who is nobody signs in and comes back to the page asked for.
func TestSignIn(t *testing.T) {
	b := browser.New(t, newHandler())
	form := b.Get("/account?tab=2").Want(200, "password").WantPath("/sign-in?return=%2Faccount%3Ftab%3D2")
	before := b.Session()
	b.Post(form.Request.URL.RequestURI(), "csrf_token", form.CSRF(), "name", "ann", "password", "correct horse").
		Want(200, "Hello ann").WantPath("/account?tab=2")
	if b.Session() == before {
		t.Error("the sign-in leaves the secret as it was")
	}
	b.Get("/account/email").Want(200, "another address")
}

// ask makes one request without a network, for tests by the clock of package synctest.
func ask(t *testing.T, handler http.Handler, path string, cookie *http.Cookie) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	if cookie != nil {
		r.AddCookie(cookie)
	}
	r.Header.Set("Accept", "text/html")
	handler.ServeHTTP(w, r)
	return w
}

// A sign-in of an hour ago is good for the group, and not for the route that asks for a recent one.
func TestRecently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := newHandler()
		cookie, _, err := sessions.Issue(t.Context(), atomicsession.User("bob"))
		if err != nil {
			t.Fatal(err)
		}
		if w := ask(t, site, "/account/email", cookie); w.Code != 200 {
			t.Errorf("the address at once: %d", w.Code)
		}
		time.Sleep(time.Hour)
		if w := ask(t, site, "/account", cookie); w.Code != 200 || !strings.Contains(w.Body.String(), "Hello bob") {
			t.Errorf("the account: %d %s", w.Code, w.Body)
		}
		if w := ask(t, site, "/account/email", cookie); w.Code != 303 || w.Header().Get("Location") != "/sign-in?return=%2Faccount%2Femail" {
			t.Errorf("the address: %d %v", w.Code, w.Header())
		}
	})
}

func TestEnded(t *testing.T) {
	b := browser.New(t, newHandler())
	signInAs(b, "cat").Want(200, "Hello cat")
	if _, err := sessions.RevokeAll(t.Context(), "cat"); err != nil {
		t.Fatal(err)
	}
	b.Get("/account").Want(200, "password").WantPath("/sign-in?return=%2Faccount")
}

func TestCSRF(t *testing.T) {
	b := browser.New(t, newHandler())
	token := b.Get("/sign-in").CSRF()
	b.Post("/sign-in", "name", "ann", "password", "correct horse").Want(403)
	b.Do(t.Context(), http.MethodPost, "/sign-in", map[string][]string{"csrf_token": {token}},
		http.Header{"Sec-Fetch-Site": {"cross-site"}}).Want(403, "Forbidden")
	b.Post("/sign-in", "csrf_token", token, "name", strings.Repeat("a", 2<<20)).Want(413) // RequestSize is outside of ProtectCSRF
	b.Get("/account").WantPath("/sign-in?return=%2Faccount")
}

// What is compressed has the cookie, and a cache is told of both.
func TestCompress(t *testing.T) {
	b := browser.New(t, newHandler())
	answer := b.Do(t.Context(), http.MethodGet, "/", nil, http.Header{"Accept-Encoding": {"gzip"}})
	answer.WantHeader("Content-Encoding", "gzip")
	plain, err := gzip.NewReader(strings.NewReader(answer.Body))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(plain); err != nil || !strings.Contains(string(text), "Visits: 1.") {
		t.Errorf("the page is %q, %v", text, err)
	}
	if vary := strings.Join(answer.Header.Values("Vary"), ", "); !strings.Contains(vary, "Accept-Encoding") || !strings.Contains(vary, "Cookie") {
		t.Errorf("Vary: %s", vary)
	}
	if b.Session() == "" {
		t.Error("there is no cookie")
	}
	b.Get("/").Want(200, "Visits: 2.")
}

// A panic is a 500 that brings the secret of a sign-in.
func TestPanic(t *testing.T) {
	site := newHandler()
	site.Get("/panic", func(_ http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User("dan")); err != nil {
			t.Error(err)
		}
		panic("after the sign-in")
	})
	b := browser.New(t, site)
	b.Get("/")
	before := b.Session()
	b.Get("/panic").Want(500)
	if b.Session() == before {
		t.Error("the new secret is lost")
	}
	b.Get("/account").Want(200, "Hello dan")
	b.Get("/").Want(200, "Visits: 2.")
}

// What a handler has done before its time is up reaches the browser with the 504. After that nothing changes any more.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := newHandler()
		site.Get("/slow", func(_ http.ResponseWriter, r *http.Request) {
			s := sessions.Get(r.Context())
			if err := s.Renew(r.Context(), atomicsession.User("eve")); err != nil {
				t.Error(err)
			}
			<-r.Context().Done()
			if err := s.Update(r.Context(), visits.Inc(1)); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("an update after the time is up: %v", err)
			}
		})
		w := ask(t, site, "/slow", nil)
		if w.Code != 504 || len(w.Result().Cookies()) != 1 {
			t.Fatalf("the answer is %d %v", w.Code, w.Header())
		}
		if w := ask(t, site, "/account", w.Result().Cookies()[0]); w.Code != 200 || !strings.Contains(w.Body.String(), "Hello eve") {
			t.Errorf("the account: %d %s", w.Code, w.Body)
		}
	})
}
