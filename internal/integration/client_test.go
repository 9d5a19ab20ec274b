package integration

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// client is a browser without pages, which does what a test says in the order that it says.
type client struct {
	t    *testing.T
	mall *mall
	http *http.Client
}

func newClient(m *mall) *client {
	m.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		m.t.Fatal(err)
	}
	transport := m.server.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.ServerName = "example.com" // which is what the server's certificate is for
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, m.server.Listener.Addr().String())
	}
	m.t.Cleanup(transport.CloseIdleConnections)
	return &client{m.t, m, &http.Client{
		Transport: transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// planted returns another browser with the same cookies.
func (c *client) planted() *client {
	c.t.Helper()
	other := newClient(c.mall)
	u, err := url.Parse(c.mall.at("shop.test", "/"))
	if err != nil {
		c.t.Fatal(err)
	}
	cookies := c.http.Jar.Cookies(u)
	for _, cookie := range cookies {
		cookie.Secure, cookie.Path = true, "/"
	}
	other.http.Jar.SetCookies(u, cookies)
	return other
}

// send makes a request of a page of the shop, and returns the answer with its body. The jar has its cookie then.
func (c *client) send(method, path string, form url.Values) (*http.Response, string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.mall.at("shop.test", path), strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.http.Do(r)
	if err != nil {
		c.t.Error(err)
		return &http.Response{}, ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Error(err)
	}
	return resp, string(body)
}

// get fails the test unless the page says want. It returns the page.
func (c *client) get(path, want string) string {
	c.t.Helper()
	resp, body := c.send(http.MethodGet, path, nil)
	if !strings.Contains(body, want) {
		c.t.Errorf("%s: status %d, %q; want %q", path, resp.StatusCode, body, want)
	}
	return body
}

// post fails the test unless the answer is a redirect, as after everything that the shop has done.
func (c *client) post(path, token string) *http.Response {
	c.t.Helper()
	resp, body := c.send(http.MethodPost, path, url.Values{"csrf_token": {token}})
	if resp.StatusCode != http.StatusSeeOther {
		c.t.Errorf("%s: status %d, %q", path, resp.StatusCode, body)
	}
	return resp
}

var tokenField = regexp.MustCompile(`name="csrf_token" value="([^"]+)"`)

// token returns what a form of a page needs.
func (c *client) token(path string) string {
	c.t.Helper()
	_, body := c.send(http.MethodGet, path, nil)
	field := tokenField.FindStringSubmatch(body)
	if field == nil {
		c.t.Fatalf("%s has no form: %q", path, body)
	}
	return field[1]
}
