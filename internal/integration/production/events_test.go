package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// page is a page of the site whose stream of events is open, in a bubble whose time passes at once.
type page struct {
	t        *testing.T
	sessions *atomicsession.Manager
	handler  http.Handler
	ended    chan int // the status of the stream, once it has ended
	lines    *bufio.Scanner
}

// recorder passes on what is written.
type recorder struct {
	*httptest.ResponseRecorder
	w *io.PipeWriter
}

func (r recorder) Write(b []byte) (int, error) {
	_, _ = r.ResponseRecorder.Write(b)
	return r.w.Write(b)
}

func (r recorder) SetWriteDeadline(time.Time) error { return nil }

func newPage(t *testing.T) *page {
	t.Helper()
	sessions, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{MaxAge: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{sessions: sessions, ending: make(chan struct{})}
	return &page{t: t, sessions: sessions, handler: sessions.Middleware(s.routes()), ended: make(chan int, 1)}
}

// signIn returns the cookie of a new session of ann's.
func (p *page) signIn() *http.Cookie {
	p.t.Helper()
	w := httptest.NewRecorder()
	p.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := p.sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User("ann")); err != nil {
			p.t.Error(err)
		}
	})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	return w.Result().Cookies()[0]
}

// do makes a request of another tab.
func (p *page) do(cookie *http.Cookie, f func(context.Context, *atomicsession.Session) error) {
	p.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(cookie)
	p.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := f(r.Context(), p.sessions.Get(r.Context())); err != nil {
			p.t.Error(err)
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
}

// open opens the stream.
func (p *page) open(ctx context.Context, cookie *http.Cookie) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/events", nil)
	if cookie != nil {
		r.AddCookie(cookie)
	}
	reader, writer := io.Pipe()
	w := recorder{httptest.NewRecorder(), writer}
	p.lines = bufio.NewScanner(reader)
	go func() {
		p.handler.ServeHTTP(w, r)
		_ = writer.Close()
		p.ended <- w.Code
	}()
}

func (p *page) wantEvent(want string) {
	p.t.Helper()
	if !p.lines.Scan() || p.lines.Text() != "data: "+want || !p.lines.Scan() {
		p.t.Errorf("the event is %q, want %q", p.lines.Text(), want)
	}
}

// wantEnd reads what is left.
func (p *page) wantEnd(status int, within time.Duration) {
	p.t.Helper()
	begin := time.Now()
	for p.lines.Scan() {
	}
	if got := <-p.ended; got != status {
		p.t.Errorf("the status is %d, want %d", got, status)
	}
	if took := time.Since(begin); took > within {
		p.t.Errorf("the stream has ended after %v", took)
	}
}

// A stream shows what other tabs do, and ends when the session does, whoever ends it and however.
func TestStreamEndsWithTheSession(t *testing.T) {
	for name, end := range map[string]func(p *page, cookie *http.Cookie){
		"signed out": func(p *page, cookie *http.Cookie) {
			p.do(cookie, func(ctx context.Context, s *atomicsession.Session) error { return s.Reset(ctx) })
		},
		"destroyed": func(p *page, cookie *http.Cookie) {
			p.do(cookie, func(ctx context.Context, s *atomicsession.Session) error { return s.Destroy(ctx) })
		},
		"revoked": func(p *page, _ *http.Cookie) {
			if n, err := p.sessions.RevokeAll(p.t.Context(), "ann"); n != 1 || err != nil {
				p.t.Errorf("revoked %d, %v", n, err)
			}
		},
		"signed in anew": func(p *page, cookie *http.Cookie) {
			p.do(cookie, func(ctx context.Context, s *atomicsession.Session) error { return s.Renew(ctx) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPage(t)
				cookie := p.signIn()
				p.open(t.Context(), cookie)
				p.wantEvent("0")
				p.do(cookie, func(ctx context.Context, s *atomicsession.Session) error { return s.Update(ctx, cart.Push("apple")) })
				p.wantEvent("1")
				end(p, cookie)
				p.wantEnd(http.StatusOK, 5*time.Second)

				p.open(t.Context(), cookie) // the browser comes back, and is sent away
				p.wantEnd(http.StatusGone, 0)
			})
		})
	}
}

// A page that is left open does not keep its session alive.
func TestStreamIsNoUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t)
		p.open(t.Context(), p.signIn())
		begin := time.Now()
		p.wantEnd(http.StatusOK, time.Hour)
		if lived := time.Since(begin); lived < time.Hour-time.Minute {
			t.Errorf("the session has lived for %v", lived)
		}
	})
}

// A visitor without a session has an empty cart, and a stream, until the page is left.
func TestStreamOfAStranger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t)
		ctx, leave := context.WithCancel(t.Context())
		p.open(ctx, nil)
		for range 100 {
			p.wantEvent("0")
		}
		leave()
		p.wantEnd(http.StatusOK, 0)
	})
}
