package integration

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	coder "github.com/coder/websocket"

	"github.com/atomicsession/atomicsession"
)

// A connection whose reader changes the session, and does not care how that ends, and whose ticker asks whether the session goes on:
// it ends with the session, whoever finds the end out first.
func TestWebsocketEndsWithItsSession(t *testing.T) {
	type call = func(context.Context, *atomicsession.Session) error
	asks := map[string]call{
		"Refresh": func(ctx context.Context, s *atomicsession.Session) error { return s.Refresh(ctx) },
		"Peek":    func(ctx context.Context, s *atomicsession.Session) error { return s.Peek(ctx) },
		"Touch":   func(ctx context.Context, s *atomicsession.Session) error { return s.Touch(ctx) },
	}
	destroy := func(ctx context.Context, s *atomicsession.Session) error { return s.Destroy(ctx) }
	signOut := func(ctx context.Context, s *atomicsession.Session) error { return s.Reset(ctx) }
	renew := func(ctx context.Context, s *atomicsession.Session) error { return s.Renew(ctx) }
	for name, ask := range asks {
		for how, c := range map[string]struct {
			end  call
			want error
		}{
			"destroyed": {destroy, atomicsession.ErrNotFound}, "signed out": {signOut, atomicsession.ErrRenewed},
			"renewed": {renew, atomicsession.ErrRenewed},
		} {
			for _, readerFirst := range []bool{true, false} {
				t.Run(name+"/"+how, func(t *testing.T) {
					w := newTalk(t, ask)
					w.say("before")
					if err := w.tick(); err != nil {
						t.Errorf("the ticker was told %v", err)
					}
					w.another(c.end)
					if readerFirst {
						w.say("after")
					}
					if err := w.tick(); !errors.Is(err, c.want) {
						t.Errorf("the ticker was told %v, want %v", err, c.want)
					}
					if _, _, err := w.conn.Read(w.ctx); coder.CloseStatus(err) != coder.StatusPolicyViolation {
						t.Errorf("the connection is closed with %v", err)
					}
				})
			}
		}
	}
}

// wsTalk is a connection that ticks when the test says so.
type wsTalk struct {
	t     *testing.T
	ctx   context.Context
	site  *site
	conn  *coder.Conn
	other handler // what the next request at /other does
	ticks chan struct{}
	told  chan error  // what each tick was told
	heard chan string // messages the reader has dealt with
}

func newTalk(t *testing.T, ask func(context.Context, *atomicsession.Session) error) *wsTalk {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	w := &wsTalk{t: t, ctx: ctx, ticks: make(chan struct{}), told: make(chan error), heard: make(chan string)}
	w.site = newSite(t, false, func(rw http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if r.URL.Path == "/other" {
			w.other(rw, r, s)
			return
		}
		c, err := coder.Accept(rw, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = c.CloseNow() }()
		go func() { // the reader
			for {
				_, text, err := c.Read(r.Context())
				if err != nil {
					return
				}
				_ = s.Update(r.Context(), log.Push(string(text)))
				w.heard <- string(text)
			}
		}()
		for range w.ticks {
			err := ask(r.Context(), s)
			w.told <- err
			if err != nil {
				_ = c.Close(coder.StatusPolicyViolation, "the session has ended")
				return
			}
		}
	})
	w.another(func(ctx context.Context, s *atomicsession.Session) error {
		return s.Renew(ctx, atomicsession.User("42"))
	})
	conn, _, err := coder.Dial(ctx, w.site.server.URL, &coder.DialOptions{HTTPClient: w.site.browser})
	if err != nil {
		t.Fatal(err)
	}
	w.conn = conn
	t.Cleanup(func() {
		close(w.ticks)
		_ = conn.CloseNow()
	})
	return w
}

// say sends a message and waits until the reader has dealt with it.
func (w *wsTalk) say(text string) {
	w.t.Helper()
	if err := w.conn.Write(w.ctx, coder.MessageText, []byte(text)); err != nil {
		w.t.Error(err)
	}
	<-w.heard
}

// tick lets the ticker ask, and returns what it was told.
func (w *wsTalk) tick() error {
	w.ticks <- struct{}{}
	return <-w.told
}

// another makes a request beside the connection.
func (w *wsTalk) another(f func(context.Context, *atomicsession.Session) error) {
	w.t.Helper()
	w.other = func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := f(r.Context(), s); err != nil {
			w.t.Error(err)
		}
	}
	readAll(w.t, w.site.get(w.ctx, "/other", nil))
}
