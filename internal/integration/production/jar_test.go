package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// TestJar has what the page says of tests: to which addresses a cookie jar sends the session's cookie.
func TestJar(t *testing.T) {
	page, err := os.ReadFile("../../../docs/production.md")
	if err != nil {
		t.Fatal(err)
	}
	visits := atomicsession.NewCounter("visits")
	plain, secure := httptest.NewServer, httptest.NewTLSServer
	for _, c := range []struct {
		row      string // of the page
		serve    func(http.Handler) *httptest.Server
		host     string // in place of the server's own
		insecure bool
		begun    int // sessions in three requests
	}{
		{"| `httptest.NewServer`, at `server.URL` | kept |", plain, "", false, 1},
		{"| the same, at `http://localhost:PORT` | kept |", plain, "localhost", false, 1},
		{"| the same, at `http://example.com` | dropped |", plain, "example.com", false, 3},
		{"| the same, at `http://example.com`, with `Cookie.InsecureHTTP` | kept |", plain, "example.com", true, 1},
		{"| `httptest.NewTLSServer`, at `https://example.com` too | kept |", secure, "example.com", false, 1},
	} {
		if !strings.Contains(string(page), c.row) {
			t.Errorf("the page does not have %s", c.row)
		}
		store := memstore.New(nil)
		sessions, err := atomicsession.New(store, &atomicsession.Options{
			Cookie: atomicsession.CookieOptions{InsecureHTTP: c.insecure},
		})
		if err != nil {
			t.Fatal(err)
		}
		server := c.serve(sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := sessions.Get(r.Context()).Update(r.Context(), visits.Inc(1)); err != nil {
				sessions.WriteError(w, r, err)
			}
		})))
		defer server.Close()
		browser := server.Client()
		if browser.Jar, err = cookiejar.New(nil); err != nil {
			t.Fatal(err)
		}
		address := server.URL
		switch c.host {
		case "localhost":
			address = strings.Replace(address, "127.0.0.1", c.host, 1)
		case "example.com": // which the client leads to the server
			address, _, _ = strings.Cut(address, "127.")
			address += c.host
		}
		for range 3 {
			resp, err := browser.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
		begun := 0
		for _, err := range sessions.Sessions(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			begun++
		}
		if begun != c.begun {
			t.Errorf("%s: %d sessions have begun, want %d", c.row, begun, c.begun)
		}
		browser.CloseIdleConnections()
	}
}
