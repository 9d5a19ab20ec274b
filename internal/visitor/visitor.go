// Package visitor visits a server, for the tests of adapters.
package visitor

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// NewManager returns a manager for plain HTTP, and its log.
func NewManager(t *testing.T, o atomicsession.Options) (*atomicsession.Manager, *bytes.Buffer) {
	t.Helper()
	log := new(bytes.Buffer)
	o.Cookie.InsecureHTTP, o.Logger = true, slog.New(slog.NewTextHandler(log, nil))
	m, err := atomicsession.New(memstore.New(nil), &o)
	if err != nil {
		t.Fatal(err)
	}
	return m, log
}

// Browser asks one server, and keeps its cookies.
type Browser struct {
	T      *testing.T
	URL    string
	Client *http.Client
}

// Browse serves a handler until the test ends, and returns a browser for it.
func Browse(t *testing.T, handler http.Handler) *Browser {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{t, server.URL, &http.Client{Jar: jar, Transport: server.Client().Transport}}
}

// Reply is what the browser got.
type Reply struct {
	Status int
	Text   string
	Header http.Header
}

// Cookies counts those of sessions.
func (r Reply) Cookies() int {
	return strings.Count(strings.Join(r.Header["Set-Cookie"], "\n"), "session=")
}

// Do sends a request with a body of that kind.
func (b *Browser) Do(method, path, kind, body string) Reply {
	b.T.Helper()
	req, err := http.NewRequestWithContext(b.T.Context(), method, b.URL+path, strings.NewReader(body))
	if err != nil {
		b.T.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	resp, err := b.Client.Do(req)
	if err != nil {
		b.T.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.T.Fatal(err)
	}
	return Reply{resp.StatusCode, string(text), resp.Header}
}

// Want gets a page, and fails unless it is as wanted.
func (b *Browser) Want(path string, status int, text string, cookies int) {
	b.T.Helper()
	if r := b.Do(http.MethodGet, path, "", ""); r.Status != status || r.Text != text || r.Cookies() != cookies {
		b.T.Errorf("%s: %d %q with %d cookies, not %d %q with %d; %v", path, r.Status, r.Text, r.Cookies(), status, text, cookies, r.Header)
	}
}
