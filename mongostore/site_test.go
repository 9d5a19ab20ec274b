package mongostore_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// site is a web server with sessions in MongoDB, and a browser that visits it.
type site struct {
	t        *testing.T
	sessions *atomicsession.Manager
	server   *httptest.Server
	browser  *http.Client
	handle   func(ctx context.Context, s *atomicsession.Session)
}

func newSite(t *testing.T, sessions *atomicsession.Manager) *site {
	t.Helper()
	st := &site{t: t, sessions: sessions}
	st.server = httptest.NewTLSServer(sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		st.handle(r.Context(), sessions.Get(r.Context()))
	})))
	t.Cleanup(st.server.Close)
	st.browser = st.server.Client()
	st.browser.Jar, _ = cookiejar.New(nil)
	return st
}

// visit makes one request, during which handle runs, and returns the response.
func (st *site) visit(handle func(ctx context.Context, s *atomicsession.Session)) *http.Response {
	st.t.Helper()
	st.handle = handle
	resp, err := st.browser.Get(st.server.URL)
	if err != nil {
		st.t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

func (st *site) cookie() *http.Cookie {
	st.t.Helper()
	u, err := url.Parse(st.server.URL)
	if err != nil {
		st.t.Fatal(err)
	}
	cookies := st.browser.Jar.Cookies(u)
	if len(cookies) != 1 {
		st.t.Fatalf("the browser has %d cookies", len(cookies))
	}
	return cookies[0]
}

// document returns the session as a new request finds it.
func (st *site) document() string {
	st.t.Helper()
	var text string
	st.visit(func(ctx context.Context, s *atomicsession.Session) {
		d, err := s.Document(ctx)
		if err != nil {
			st.t.Error(err)
		}
		text = d.Text()
	})
	return text
}

// change applies changes in a request of their own.
func (st *site) change(changes ...atomicsession.Change) *http.Response {
	st.t.Helper()
	return st.visit(func(ctx context.Context, s *atomicsession.Session) {
		if err := s.Update(ctx, changes...); err != nil {
			st.t.Error(err)
		}
	})
}
