package echosession_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/labstack/echo/v5"
)

var (
	visits = atomicsession.NewCounter("visits")
	name   = atomicsession.NewKey[string]("name")
	// broken is a change that cannot be made where a name is.
	broken = atomicsession.Path("name").Inc(1)
)

// newManager returns a manager and its log.
func newManager(t *testing.T) (*atomicsession.Manager, *bytes.Buffer) {
	t.Helper()
	log := new(bytes.Buffer)
	m, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true}, Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, log
}

// browser asks one server, and keeps its cookies.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
}

func browse(t *testing.T, handler http.Handler) *browser {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, server.URL, &http.Client{Jar: jar, Transport: server.Client().Transport}}
}

type reply struct {
	status int
	text   string
	header http.Header
}

// cookies counts those of sessions.
func (r reply) cookies() int {
	return strings.Count(strings.Join(r.header["Set-Cookie"], "\n"), "session=")
}

func (b *browser) do(method, path, kind, body string) reply {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply{resp.StatusCode, string(text), resp.Header}
}

// want gets a page, and fails unless it is as wanted.
func (b *browser) want(path string, status int, text string, cookies int) {
	b.t.Helper()
	if r := b.do(http.MethodGet, path, "", ""); r.status != status || r.text != text || r.cookies() != cookies {
		b.t.Errorf("%s: %d %q with %d cookies, not %d %q with %d; %v", path, r.status, r.text, r.cookies(), status, text, cookies, r.header)
	}
}

// change returns a handler that changes the session, and goes on.
func change(m *atomicsession.Manager, next echo.HandlerFunc, changes ...atomicsession.Change) echo.HandlerFunc {
	return func(c *echo.Context) error {
		if err := m.Get(c.Request().Context()).Update(c.Request().Context(), changes...); err != nil {
			m.WriteError(c.Response(), c.Request(), err)
			return nil
		}
		return next(c)
	}
}

// later returns a handler that queues changes, and goes on.
func later(m *atomicsession.Manager, next echo.HandlerFunc, changes ...atomicsession.Change) echo.HandlerFunc {
	return func(c *echo.Context) error {
		if err := m.Get(c.Request().Context()).Later(c.Request().Context(), changes...); err != nil {
			m.WriteError(c.Response(), c.Request(), err)
			return nil
		}
		return next(c)
	}
}

func text(s string) echo.HandlerFunc {
	return func(c *echo.Context) error { return c.String(http.StatusOK, s) }
}

func empty(c *echo.Context) error { return c.NoContent(http.StatusNoContent) }

func show(m *atomicsession.Manager) echo.HandlerFunc {
	return func(c *echo.Context) error {
		var who string
		var n int64
		if err := m.Get(c.Request().Context()).Read(c.Request().Context(), name.Into(&who), visits.Into(&n)); err != nil {
			m.WriteError(c.Response(), c.Request(), err)
			return nil
		}
		return c.String(http.StatusOK, fmt.Sprintf("%s, %d", who, n))
	}
}
