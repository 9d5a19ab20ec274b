package atomicsession_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"

	"github.com/atomicsession/atomicsession"
)

// browser visits a site and keeps its cookies.
type browser struct {
	site   *site
	client *http.Client
}

func (site *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		site.t.Fatal(err)
	}
	client := *site.server.Client()
	client.Jar = jar
	return &browser{site, &client}
}

// visit makes a request that h answers, in the server's goroutine.
func (b *browser) visit(h handler) *http.Response {
	b.site.t.Helper()
	return b.send(http.MethodGet, nil, h)
}

func (b *browser) send(method string, prepare func(*http.Request), h handler) *http.Response {
	b.site.t.Helper()
	path := "/" + strconv.FormatInt(b.site.paths.Add(1), 10)
	b.site.handlers.Store(path, h)
	req, err := http.NewRequest(method, b.site.server.URL+path, nil)
	if err != nil {
		b.site.t.Fatal(err)
	}
	if prepare != nil {
		prepare(req)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.site.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		b.site.t.Fatal(err)
	}
	return resp
}

// do runs f within a request and returns its error.
func (b *browser) do(f func(ctx context.Context, s *atomicsession.Session) error) (err error) {
	b.site.t.Helper()
	b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) { err = f(r.Context(), s) })
	return err
}

func (b *browser) update(changes ...atomicsession.Change) error {
	b.site.t.Helper()
	return b.do(func(ctx context.Context, s *atomicsession.Session) error { return s.Update(ctx, changes...) })
}

// must is update for what cannot fail.
func (b *browser) must(changes ...atomicsession.Change) {
	b.site.t.Helper()
	if err := b.update(changes...); err != nil {
		b.site.t.Fatal(err)
	}
}

// document returns the session's document as text.
func (b *browser) document() (text string) {
	b.site.t.Helper()
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		doc, err := s.Document(ctx)
		text = doc.Text()
		return err
	})
	if err != nil {
		b.site.t.Fatal(err)
	}
	return text
}

func (b *browser) wantDocument(want string) {
	b.site.t.Helper()
	if got := b.document(); got != want {
		b.site.t.Errorf("document is %s, want %s", got, want)
	}
}

func (b *browser) info() (info atomicsession.Info, ok bool) {
	b.site.t.Helper()
	err := b.do(func(ctx context.Context, s *atomicsession.Session) (err error) {
		info, ok, err = s.Info(ctx)
		return err
	})
	if err != nil {
		b.site.t.Fatal(err)
	}
	return info, ok
}

// token returns the value of the session's cookie, "" if the browser has none.
func (b *browser) token() string {
	for _, c := range b.client.Jar.Cookies(b.url()) {
		return c.Value
	}
	return ""
}

// clone returns a browser with the same cookies, which then go their own way.
func (b *browser) clone() *browser {
	c := b.site.browser()
	c.client.Jar.SetCookies(b.url(), b.jarCookies())
	return c
}

func (b *browser) jarCookies() []*http.Cookie {
	cookies := b.client.Jar.Cookies(b.url())
	for _, c := range cookies {
		c.Secure, c.Path = true, "/"
	}
	return cookies
}

func (b *browser) url() *url.URL {
	u, err := url.Parse(b.site.server.URL)
	if err != nil {
		b.site.t.Fatal(err)
	}
	return u
}
