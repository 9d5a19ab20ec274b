package atomicsession_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// blankWriter is a ResponseWriter that costs nothing.
type blankWriter struct{ header http.Header }

func (w blankWriter) Header() http.Header         { return w.header }
func (w blankWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w blankWriter) WriteHeader(int)             {}

func TestUnusedSessionCostsNothing(t *testing.T) {
	s := newStore()
	m := newManager(t, s, nil)
	body := []byte("hello")
	h := m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.Get(r.Context()) == nil {
			t.Error("no session")
		}
		_, _ = w.Write(body)
	}))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Cookie", "__Host-session=whatever")
	var w http.ResponseWriter = blankWriter{http.Header{}}
	if n := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) }); n > 3 {
		t.Errorf("an unused session costs %v allocations, at most 3", n)
	}
	wantCalls(t, s)
	if len(w.Header()) > 0 {
		t.Errorf("an unused session sets %v", w.Header())
	}
}

func TestGetOutsideTheMiddleware(t *testing.T) {
	m := newManager(t, newStore(), nil)
	other := newManager(t, newStore(), nil)
	s := m.Get(t.Context())
	for name, err := range everyCall(t.Context(), s) {
		if !errors.Is(err, atomicsession.ErrNoMiddleware) {
			t.Errorf("%s outside the middleware: %v", name, err)
		}
	}
	other.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := m.Get(r.Context()).Exists(r.Context()); !errors.Is(err, atomicsession.ErrNoMiddleware) {
			t.Errorf("within the middleware of another manager: %v", err)
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}

// everyCall calls every method of s that may fail, and returns their errors.
func everyCall(ctx context.Context, s *atomicsession.Session) map[string]error {
	errs := make(map[string]error)
	_, _, errs["Get"] = atomicsession.Path("a").Get(ctx, s)
	_, _, errs["Take"] = atomicsession.Path("a").Take(ctx, s)
	_, errs["Document"] = s.Document(ctx)
	_, errs["Exists"] = s.Exists(ctx)
	_, _, errs["Info"] = s.Info(ctx)
	_, errs["User"] = s.User(ctx)
	_, errs["CSRFToken"] = s.CSRFToken(ctx)
	_, errs["RevokeOthers"] = s.RevokeOthers(ctx)
	errs["VerifyCSRF"] = s.VerifyCSRF(ctx, "")
	errs["Refresh"] = s.Refresh(ctx)
	errs["Touch"] = s.Touch(ctx)
	errs["Update"] = s.Update(ctx, atomicsession.Path("a").Set(1))
	errs["Set"] = s.Update(ctx, atomicsession.Path("a").Set(1))
	errs["Unset"] = s.Update(ctx, atomicsession.Path("a").Unset())
	errs["Later"] = errors.Join(s.Later(ctx, atomicsession.Path("a").Set(1)), s.Flush(ctx))
	errs["Renew"] = s.Renew(ctx)
	errs["Reset"] = s.Reset(ctx)
	errs["Destroy"] = s.Destroy(ctx)
	return errs
}

func TestMiddlewareTwice(t *testing.T) {
	m := newManager(t, newStore(), nil)
	var outer *atomicsession.Session
	inner := m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if m.Get(r.Context()) != outer {
			t.Error("the inner middleware made another session")
		}
		if err := outer.Update(r.Context(), atomicsession.Path("a").Set(1)); err != nil {
			t.Error(err)
		}
	}))
	w := httptest.NewRecorder()
	m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		outer = m.Get(r.Context())
		inner.ServeHTTP(w, r)
	})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if n := len(w.Header().Values("Set-Cookie")); n != 1 {
		t.Errorf("%d cookies are set", n)
	}
	if n := len(w.Header().Values("Vary")); n != 1 {
		t.Errorf("Vary is set %d times", n)
	}
}

func TestTwoManagersInOneRequest(t *testing.T) {
	a := newManager(t, newStore(), &atomicsession.Options{Cookie: atomicsession.CookieOptions{Name: "__Host-a"}})
	b := newManager(t, newStore(), &atomicsession.Options{Cookie: atomicsession.CookieOptions{Name: "__Host-b"}})
	w := httptest.NewRecorder()
	a.Middleware(b.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := errors.Join(a.Get(r.Context()).Update(r.Context(), atomicsession.Path("x").Set(1)), b.Get(r.Context()).Update(r.Context(), atomicsession.Path("x").Set(2))); err != nil {
			t.Error(err)
		}
	}))).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if n := len(w.Result().Cookies()); n != 2 {
		t.Errorf("%d cookies are set, want one of each manager", n)
	}
}

// The error page of a middleware that recovers carries the token of a session that was renewed before the panic: the old
// one is dead.
func TestPanicAfterRenew(t *testing.T) {
	m := newManager(t, newStore(), nil)
	w := httptest.NewRecorder()
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("the panic did not pass")
			}
			w.WriteHeader(http.StatusInternalServerError)
		}()
		m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if err := m.Get(r.Context()).Renew(r.Context(), atomicsession.User("42")); err != nil {
				t.Error(err)
			}
			panic("boom")
		})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	}()
	if resp := w.Result(); sessionCookie(resp) == nil || resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("the response is %v", resp)
	}
}

// A panic inside the store leaves the session usable and the response writable.
func TestPanicInTheStore(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	site.store.before(func(context.Context, string) error { panic("store") })
	resp := b.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		func() {
			defer func() { _ = recover() }()
			_ = s.Update(r.Context(), atomicsession.Path("a").Set(2))
		}()
		site.store.before(nil)
		if err := s.Update(r.Context(), atomicsession.Path("a").Set(3)); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusAccepted)
	})
	if resp.StatusCode != http.StatusAccepted {
		t.Errorf("status %d", resp.StatusCode)
	}
	b.wantDocument(`{"a":3}`)
}

// What needs a new cookie fails once the header is out, and leaves nothing behind in the store.
func TestHeaderSent(t *testing.T) {
	site := newSite(t, nil)
	member := site.browser()
	member.must(atomicsession.Path("a").Set(1))
	ways := map[string]func(w http.ResponseWriter){
		"WriteHeader": func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
		"Write":       func(w http.ResponseWriter) { _, _ = w.Write([]byte("x")) },
		"WriteString": func(w http.ResponseWriter) { _, _ = io.WriteString(w, "x") },
		"Flush":       func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
		"FlushError":  func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
		"ReadFrom":    func(w http.ResponseWriter) { _, _ = w.(io.ReaderFrom).ReadFrom(http.NoBody) },
	}
	calls := map[string]func(context.Context, *atomicsession.Session) error{
		"Update": func(ctx context.Context, s *atomicsession.Session) error {
			return s.Update(ctx, atomicsession.Path("a").Set(1))
		},
		"Renew": func(ctx context.Context, s *atomicsession.Session) error { return s.Renew(ctx) },
		"Reset": func(ctx context.Context, s *atomicsession.Session) error {
			return s.Reset(ctx, atomicsession.Path("a").Set(1))
		},
		"CSRFToken": func(ctx context.Context, s *atomicsession.Session) error { _, err := s.CSRFToken(ctx); return err },
	}
	for way, send := range ways {
		for call, f := range calls {
			stranger := site.browser()
			stranger.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
				send(w)
				err := f(r.Context(), s)
				if !errors.Is(err, atomicsession.ErrHeadersSent) || atomicsession.StatusCode(err) != http.StatusInternalServerError {
					t.Errorf("%s after %s: %v", call, way, err)
				}
			})
			if stranger.token() != "" {
				t.Errorf("%s after %s set a cookie", call, way)
			}
		}
		// Whoever has a session can change it at any time, but not its token.
		member.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			send(w)
			if err := s.Update(r.Context(), atomicsession.Path("a").Inc(1)); err != nil {
				t.Errorf("Update of a live session after %s: %v", way, err)
			}
			for _, call := range []string{"Renew", "Reset"} {
				if err := calls[call](r.Context(), s); !errors.Is(err, atomicsession.ErrHeadersSent) {
					t.Errorf("%s of a live session after %s: %v", call, way, err)
				}
			}
		})
	}
	member.wantDocument(`{"a":7}`)
	wantRows(t, site.store, 1)
}

// A header written while Renew is in flight waits for it: the browser gets the new token, or Renew does nothing.
func TestWriteHeaderDuringRenew(t *testing.T) {
	site := newSite(t, nil)
	for range 50 {
		b := site.browser()
		b.must(atomicsession.Path("a").Set(1))
		var renewed error
		b.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			var wg sync.WaitGroup
			wg.Go(func() { renewed = s.Renew(r.Context()) })
			wg.Go(func() { w.WriteHeader(http.StatusOK) })
			wg.Wait()
		})
		if renewed != nil && !errors.Is(renewed, atomicsession.ErrHeadersSent) {
			t.Fatal(renewed)
		}
		b.wantDocument(`{"a":1}`) // whichever came first, the browser's token is the good one
	}
}

// The same with a store that is slow for certain: the header must wait.
func TestWriteHeaderWaitsForCreate(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	creating := make(chan struct{})
	release := make(chan struct{})
	site.store.before(func(_ context.Context, call string) error {
		if call == "create" {
			close(creating)
			<-release
		}
		return nil
	})
	b.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := s.Update(r.Context(), atomicsession.Path("a").Set(1)); err != nil {
				t.Error(err)
			}
		})
		<-creating
		time.AfterFunc(10*time.Millisecond, func() { close(release) })
		w.WriteHeader(http.StatusOK)
		wg.Wait()
	})
	b.wantDocument(`{"a":1}`)
}

// A session outlives its request: what a goroutine does with it later is done, or is an error.
func TestUseAfterTheRequest(t *testing.T) {
	site := newSite(t, nil)
	member, stranger := site.browser(), site.browser()
	member.must(atomicsession.Path("a").Set(1))
	for b, want := range map[*browser]error{member: nil, stranger: atomicsession.ErrHeadersSent} {
		var kept *atomicsession.Session
		b.visit(func(_ http.ResponseWriter, _ *http.Request, s *atomicsession.Session) { kept = s })
		if err := kept.Update(t.Context(), atomicsession.Path("b").Set(2)); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	member.wantDocument(`{"a":1,"b":2}`)
}
