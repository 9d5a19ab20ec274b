package integration

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(suite{m}) }

// suite ends the browser, which the tests share, before the goroutines that are left are counted.
type suite struct{ tests *testing.M }

func (s suite) Run() int {
	code := s.tests.Run()
	if err := endChromium(); err != nil {
		fmt.Fprintln(os.Stderr, "Chromium does not end:", err)
		return 1
	}
	return code
}

var (
	count = atomicsession.NewCounter("count")
	log   = atomicsession.NewList[string]("log")
)

// site is a server with sessions, and one browser.
type site struct {
	t        *testing.T
	sessions *atomicsession.Manager
	server   *httptest.Server
	browser  *http.Client
}

type handler func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session)

// newSite serves h at / and the session's document at /document, over HTTP/2 if asked.
func newSite(t *testing.T, http2 bool, h handler) *site {
	t.Helper()
	sessions, err := atomicsession.New(memstore.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { h(w, r, sessions.Get(r.Context())) })
	mux.HandleFunc("/document", func(w http.ResponseWriter, r *http.Request) {
		doc, err := sessions.Get(r.Context()).Document(r.Context())
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte(doc.Text()))
	})
	server := httptest.NewUnstartedServer(sessions.Middleware(mux))
	server.EnableHTTP2 = http2
	server.StartTLS()
	t.Cleanup(server.Close)
	browser := server.Client()
	if browser.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(browser.CloseIdleConnections)
	return &site{t, sessions, server, browser}
}

// get makes a request, whose body the caller reads.
func (s *site) get(ctx context.Context, path string, header http.Header) *http.Response {
	s.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	resp, err := s.browser.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func (s *site) wantDocument(want string) {
	s.t.Helper()
	if got := readAll(s.t, s.get(s.t.Context(), "/document", nil)); got != want {
		s.t.Errorf("the document is %s, want %s", got, want)
	}
}
