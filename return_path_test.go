package atomicsession_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

func TestReturnPath(t *testing.T) {
	m := newManager(t, newStore(), &atomicsession.Options{SignIn: "/login"})
	for back, want := range map[string]string{
		"":                     "",
		"/":                    "/",
		"/a?b=c":               "/a?b=c",
		"/login":               "",
		"/login?return=/login": "",
		"/a/../login":          "",
		"/login/":              "",
		"/.//login":            "",
		"https://evil.example": "",
		"//evil.example":       "",
		`/\evil.example`:       "",
		"/\t/evil.example":     "",
		"javascript:alert(1)":  "",
		"a":                    "",
		"/a\r\nX: y":           "",
	} {
		r, err := http.NewRequest(http.MethodPost, "/login?return="+url.QueryEscape(back), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.ReturnPath(r); got != want {
			t.Errorf("%q in the query: %q, want %q", back, got, want)
		}
		r = &http.Request{URL: &url.URL{Path: "/login"}, PostForm: url.Values{"return": {back}}}
		if got := m.ReturnPath(r); got != want {
			t.Errorf("%q in the form: %q, want %q", back, got, want)
		}
	}
}

// An address that few servers would take in another one is not brought along, and the visitor can sign in all the same.
func TestReturnPathOfALongAddress(t *testing.T) {
	m := newManager(t, newStore(), &atomicsession.Options{SignIn: "/login"})
	for _, c := range []struct {
		path string
		kept bool
	}{
		{"/a?q=" + strings.Repeat("x", 1000), true},
		{"/a?q=" + strings.Repeat("x", 8000), false},
		{"/a?q=" + strings.Repeat("%41", 700), false}, // each % is three bytes there
		{"/a?q=" + strings.Repeat("é", 100), true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RequestURI = c.path
		r.Header.Set("Sec-Fetch-Mode", "navigate")
		w := httptest.NewRecorder()
		m.WriteError(w, r, atomicsession.ErrReauthenticate)
		to, err := url.Parse(w.Header().Get("Location"))
		if err != nil || to.Path != "/login" || len(to.String()) > 2100 {
			t.Errorf("an address of %d bytes leads to one of %d: %v", len(c.path), len(to.String()), err)
		}
		if got := m.ReturnPath(&http.Request{URL: to}); (got == c.path) != c.kept {
			t.Errorf("an address of %d bytes is kept: %v", len(c.path), got == c.path)
		}
	}
}
