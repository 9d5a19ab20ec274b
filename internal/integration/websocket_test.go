package integration

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	coder "github.com/coder/websocket"
	gorilla "github.com/gorilla/websocket"

	"github.com/atomicsession/atomicsession"
)

// converse updates the session for every message, and answers with the count; then it tries what cannot be.
func converse(ctx context.Context, t *testing.T, s *atomicsession.Session, read func() (string, error), write func(string) error) {
	for {
		text, err := read()
		if err != nil {
			return
		}
		if err := s.Update(ctx, count.Inc(1), log.Push(text)); err != nil {
			t.Error(err)
		}
		if err := s.Renew(ctx); !errors.Is(err, atomicsession.ErrHeadersSent) {
			t.Errorf("Renew within a connection: %v", err)
		}
		n, _, err := count.Get(ctx, s)
		if err != nil {
			t.Error(err)
		}
		if err := write(strings.Repeat("x", int(n))); err != nil {
			t.Error(err)
		}
	}
}

func serveCoder(t *testing.T) handler {
	return func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := s.Update(r.Context(), log.Push("open")); err != nil {
			t.Error(err)
		}
		c, err := coder.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = c.CloseNow() }()
		converse(r.Context(), t, s,
			func() (string, error) { _, b, err := c.Read(r.Context()); return string(b), err },
			func(text string) error { return c.Write(r.Context(), coder.MessageText, []byte(text)) })
	}
}

func serveGorilla(t *testing.T) handler {
	return func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := s.Update(r.Context(), log.Push("open")); err != nil {
			t.Error(err)
		}
		upgrader := gorilla.Upgrader{}
		c, err := upgrader.Upgrade(w, r, w.Header()) // its own header would go without the cookie
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		converse(r.Context(), t, s,
			func() (string, error) { _, b, err := c.ReadMessage(); return string(b), err },
			func(text string) error { return c.WriteMessage(gorilla.TextMessage, []byte(text)) })
	}
}

// talk is what both clients do, given how to exchange a message.
func talk(t *testing.T, resp *http.Response, exchange func(string) (string, error)) {
	t.Helper()
	if resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Set-Cookie") == "" {
		t.Errorf("status %d, cookie %q", resp.StatusCode, resp.Header.Get("Set-Cookie"))
	}
	for _, want := range []string{"x", "xx", "xxx"} {
		if got, err := exchange("hi"); got != want || err != nil {
			t.Errorf("answered with %q, %v; want %q", got, err, want)
		}
	}
}

func TestWebsockets(t *testing.T) {
	for name, serve := range map[string]func(*testing.T) handler{"coder": serveCoder, "gorilla": serveGorilla} {
		t.Run("coder client of "+name, func(t *testing.T) {
			s := newSite(t, false, serve(t))
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			c, resp, err := coder.Dial(ctx, s.server.URL, &coder.DialOptions{HTTPClient: s.browser})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.CloseNow() }()
			talk(t, resp, func(text string) (string, error) {
				if err := c.Write(ctx, coder.MessageText, []byte(text)); err != nil {
					return "", err
				}
				_, b, err := c.Read(ctx)
				return string(b), err
			})
			_ = c.Close(coder.StatusNormalClosure, "")
			s.wantDocument(`{"count":3,"log":["open","hi","hi","hi"]}`)
		})
		t.Run("gorilla client of "+name, func(t *testing.T) {
			s := newSite(t, false, serve(t))
			dialer := gorilla.Dialer{Jar: s.browser.Jar, TLSClientConfig: s.browser.Transport.(*http.Transport).TLSClientConfig.Clone()}
			dialer.TLSClientConfig.NextProtos = nil
			c, resp, err := dialer.DialContext(t.Context(), strings.Replace(s.server.URL, "https", "wss", 1), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
			talk(t, resp, func(text string) (string, error) {
				if err := c.WriteMessage(gorilla.TextMessage, []byte(text)); err != nil {
					return "", err
				}
				_, b, err := c.ReadMessage()
				return string(b), err
			})
			_ = c.Close()
			s.wantDocument(`{"count":3,"log":["open","hi","hi","hi"]}`)
		})
	}
}

// A connection that outlives its session is told so with the next change.
func TestWebsocketOutlivesItsSession(t *testing.T) {
	ended := make(chan error, 1)
	var s *site
	s = newSite(t, false, func(w http.ResponseWriter, r *http.Request, session *atomicsession.Session) {
		if r.URL.Path == "/login" {
			if err := session.Renew(r.Context(), atomicsession.User("42")); err != nil {
				t.Error(err)
			}
			return
		}
		if _, err := session.Exists(r.Context()); err != nil {
			t.Error(err)
		}
		c, err := coder.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = c.CloseNow() }()
		if _, err := s.sessions.RevokeAll(r.Context(), "42"); err != nil {
			t.Error(err)
		}
		ended <- session.Update(r.Context(), count.Inc(1))
	})
	readAll(t, s.get(t.Context(), "/login", nil))
	c, _, err := coder.Dial(t.Context(), s.server.URL, &coder.DialOptions{HTTPClient: s.browser})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.CloseNow() }()
	if err := <-ended; !errors.Is(err, atomicsession.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	s.wantDocument(`{}`)
}
