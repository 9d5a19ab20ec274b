package demo

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// serve runs the demo over a memory store, or over the one given.
func serve(t *testing.T, store driver.Store) *httptest.Server {
	t.Helper()
	server, _ := serveFaults(t, store)
	return server
}

// serveFaults is serve with faults to be made.
func serveFaults(t *testing.T, store driver.Store) (*httptest.Server, *faults) {
	t.Helper()
	if store == nil {
		store = memstore.New(nil)
	}
	return serveOptions(t, store, Options{})
}

func serveOptions(t *testing.T, store driver.Store, opts Options) (*httptest.Server, *faults) {
	t.Helper()
	opts.InsecureHTTP = true
	d, err := New(store, opts)
	if err != nil {
		t.Fatal(err)
	}
	f := &faults{demo: d.Handler()}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return server, f
}

// client is one browser: it keeps cookies and brings the CSRF token along.
type client struct {
	t    *testing.T
	base string
	http http.Client
	csrf string
	// agent is its User-Agent, "" for that of Go.
	agent string
}

func newClient(t *testing.T, server *httptest.Server) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxConnsPerHost: 6} // as browsers do
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, base: server.URL, http: http.Client{Jar: jar, Transport: transport}}
}

func (c *client) url() *url.URL {
	c.t.Helper()
	u, err := url.Parse(c.base)
	if err != nil {
		c.t.Fatal(err)
	}
	return u
}

// copy returns a client with the cookies and the token of now.
func (c *client) copy() *client {
	c.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	jar.SetCookies(c.url(), c.http.Jar.Cookies(c.url()))
	other := *c
	other.http.Jar = jar
	return &other
}

// begin begins a session, or gets a new token for the one there is.
func (c *client) begin() *client {
	c.t.Helper()
	c.csrf = c.get("GET", "/api/csrf", "", http.StatusOK).Doc().Get("token").Str()
	return c
}

// response is an answer of the server.
type response struct {
	*http.Response
	text string
}

// send makes a request and returns the answer, whatever it is.
func (c *client) send(method, path, body string) response {
	c.t.Helper()
	resp, err := c.try(method, path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp
}

// try is send for goroutines other than the test's.
func (c *client) try(method, path, body string) (response, error) {
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		return response{}, err
	}
	if c.csrf != "" {
		req.Header.Set("X-CSRF-Token", c.csrf)
	}
	if c.agent != "" {
		req.Header.Set("User-Agent", c.agent)
	}
	return exchange(&c.http, req)
}

func exchange(client *http.Client, req *http.Request) (response, error) {
	resp, err := client.Do(req)
	if err != nil {
		return response{}, err
	}
	text, err := io.ReadAll(resp.Body)
	return response{resp, strings.TrimSuffix(string(text), "\n")}, errors.Join(err, resp.Body.Close())
}

// get makes a request that must be answered with the status and JSON.
func (c *client) get(method, path, body string, status int) driver.Value {
	c.t.Helper()
	resp := c.send(method, path, body)
	if resp.StatusCode != status {
		c.t.Fatalf("%s %s %.200s: %s %s, want %d", method, path, body, resp.Status, resp.text, status)
	}
	if ct := resp.Header.Get("Content-Type"); ct != "application/json" {
		c.t.Errorf("%s %s: Content-Type %q", method, path, ct)
	}
	v, err := driver.ParseValue(resp.text)
	if err != nil {
		c.t.Fatalf("%s %s: %q: %v", method, path, resp.text, err)
	}
	return v
}

// fails makes a request that must be answered with the status and the error code.
func (c *client) fails(method, path, body string, status int, code string) {
	c.t.Helper()
	answer := c.get(method, path, body, status).Doc()
	if got := answer.Lookup("error.code").Str(); got != code {
		c.t.Errorf("%s %s %.200s: code %q, want %q (%s)", method, path, body, got, code, answer.Text())
	}
	if answer.Lookup("error.message").Str() == "" {
		c.t.Errorf("%s %s %.200s: no message", method, path, body)
	}
}

// update sends operations and returns the touched fields.
func (c *client) update(body string) driver.Value {
	c.t.Helper()
	return c.get("POST", "/api/session/update", body, http.StatusOK).Doc().Get("data")
}

// data returns what the session holds.
func (c *client) data() driver.Value {
	c.t.Helper()
	return c.get("GET", "/api/session", "", http.StatusOK).Doc().Get("data")
}

// pause waits, less long if ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
