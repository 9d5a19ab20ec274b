package adaptertest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// patience is how long anything may take that does not depend on the speed of the machine.
const patience = 20 * time.Second

// site is a server of the framework, and one browser.
type site struct {
	t         *testing.T
	framework Framework
	m         *atomicsession.Manager
	url       *url.URL
	browser   *http.Client
}

// pages says what the handler does for each path.
type pages map[string]func(ctx context.Context, s *atomicsession.Session) Answer

// serve starts the site.
func (s *site) serve(p pages) {
	s.t.Helper()
	s.m = newManager(s.t)
	address := s.framework.Serve(s.t, s.m, func(ctx context.Context, path string) Answer {
		page, ok := p[path]
		if !ok {
			return Answer{Status: http.StatusNotFound, Text: "there is no " + path}
		}
		return page(ctx, s.m.Get(ctx))
	})
	var err error
	if s.url, err = url.Parse(address); err != nil {
		s.t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	s.t.Cleanup(transport.CloseIdleConnections)
	s.browser = &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if s.browser.Jar, err = cookiejar.New(nil); err != nil {
		s.t.Fatal(err)
	}
}

// reply is what the browser got.
type reply struct {
	status int
	header http.Header
	text   string
}

// cookie returns the session's cookie that came with the reply, nil if none did.
func (r reply) cookie() *http.Cookie {
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if c.Name == "session" {
			return c
		}
	}
	return nil
}

// varies reports whether the reply tells caches that it depends on the cookie.
func (r reply) varies() bool {
	return strings.Contains(strings.Join(r.header.Values("Vary"), ", "), "Cookie")
}

func (s *site) request(method, path, body string, header ...string) *http.Request {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url.JoinPath(path).String(), strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func (s *site) open(r *http.Request) *http.Response {
	s.t.Helper()
	resp, err := s.browser.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp
}

// send sends a request and reads the whole answer. The header is pairs of a name and a value.
func (s *site) send(method, path, body string, header ...string) reply {
	s.t.Helper()
	resp := s.open(s.request(method, path, body, header...))
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(text)}
}

func (s *site) get(path string) reply { s.t.Helper(); return s.send(http.MethodGet, path, "") }

// want fails unless the reply has this status and text.
func (s *site) want(r reply, status int, text string) {
	s.t.Helper()
	if r.status != status || r.text != text {
		s.t.Fatalf("the answer is %d %q, not %d %q", r.status, r.text, status, text)
	}
}

// wantCookie fails unless a cookie came that a cache will not keep.
func (s *site) wantCookie(r reply) {
	s.t.Helper()
	if c := r.cookie(); c == nil || c.Value == "" || !c.HttpOnly {
		s.t.Errorf("the cookies are %q, without the session's", r.header["Set-Cookie"])
	}
	if n := len(r.header["Set-Cookie"]); n != 1 {
		s.t.Errorf("%d cookies, not 1", n)
	}
	if cache := r.header.Get("Cache-Control"); cache != "no-store" {
		s.t.Errorf("Cache-Control of an answer with the cookie is %q", cache)
	}
	if !r.varies() {
		s.t.Errorf("Vary of an answer with the cookie is %q", r.header["Vary"])
	}
}

// wait waits for what a handler says on the channel.
func wait[T any](s *site, c <-chan T, what string) (v T) {
	s.t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		s.t.Fatalf("%s did not come", what)
	}
	return v
}

// text returns an answer with status 200.
func text(format string, args ...any) Answer {
	return Answer{Status: http.StatusOK, Text: fmt.Sprintf(format, args...)}
}

// count is a page that counts its visits.
func count(ctx context.Context, s *atomicsession.Session) Answer {
	n, err := visits.Add(ctx, s, 1)
	if err != nil {
		return Answer{Session: err}
	}
	return text("visit %d", n)
}

// change is a page that makes changes, and answers with the text.
func change(answer string, changes ...atomicsession.Change) func(context.Context, *atomicsession.Session) Answer {
	return func(ctx context.Context, s *atomicsession.Session) Answer {
		if err := s.Update(ctx, changes...); err != nil {
			return Answer{Session: err}
		}
		return text("%s", answer)
	}
}

// show is a page that tells of the session, and changes nothing.
func show(ctx context.Context, s *atomicsession.Session) Answer {
	who, n := "nobody", int64(0)
	if err := s.Read(ctx, name.Into(&who), visits.Into(&n)); err != nil {
		return Answer{Session: err}
	}
	return text("%s, visit %d", who, n)
}
