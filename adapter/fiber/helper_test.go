package fibersession_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/internal/visitor"
	"github.com/gofiber/fiber/v3"
)

var (
	visits = atomicsession.NewCounter("visits")
	name   = atomicsession.NewKey[string]("name")
)

// patience is how long anything may take that does not depend on the speed of the machine.
const patience = 20 * time.Second

// newSessions returns a manager for plain HTTP, and what it logs, to be read when the requests are over.
func newSessions(t *testing.T) (*atomicsession.Manager, *bytes.Buffer) {
	t.Helper()
	return visitor.NewManager(t, atomicsession.Options{SignIn: "/sign-in"})
}

// start serves the app until the test ends, by TLS if that is configured, and returns where.
func start(t *testing.T, app *fiber.App, config *tls.Config) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	scheme := "http://"
	if config != nil {
		listener, scheme = tls.NewListener(listener, config), "https://"
	}
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true}) }()
	t.Cleanup(func() {
		if err := errors.Join(app.Shutdown(), <-served); err != nil {
			t.Error(err)
		}
	})
	return scheme + listener.Addr().String()
}

// browser has cookies of its own, and follows no redirects.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
}

// open starts the app, and a browser for it.
func open(t *testing.T, app *fiber.App) *browser { t.Helper(); return openTLS(t, app, nil, nil) }

func openTLS(t *testing.T, app *fiber.App, server, client *tls.Config) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t, start(t, app, server), &http.Client{
		Transport: &http.Transport{TLSClientConfig: client}, Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(b.client.CloseIdleConnections) // before the shutdown, which waits for them
	return b
}

// send sends a request, with pairs of names and values as its header, and returns the answer and its text.
func (b *browser) send(method, path string, body io.Reader, header ...string) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp, string(text)
}

// want gets the path, and fails unless the answer has this status and text.
func (b *browser) want(path string, status int, text string, header ...string) *http.Response {
	b.t.Helper()
	resp, got := b.send(http.MethodGet, path, nil, header...)
	if resp.StatusCode != status || got != text {
		b.t.Fatalf("%s: %d %q, not %d %q", path, resp.StatusCode, got, status, text)
	}
	return resp
}

// cookies returns the names of the cookies that an answer sets.
func cookies(resp *http.Response) string {
	var names []string
	for _, cookie := range resp.Cookies() {
		names = append(names, cookie.Name)
	}
	return strings.Join(names, " ")
}

// wait waits for what a handler says on the channel.
func wait[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("the handler does not say it")
	}
	return v
}
