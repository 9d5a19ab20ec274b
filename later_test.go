package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

type laterCall = func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session)

// later runs f in a request with a cookie, on a recorder, and returns the response.
func later(t testing.TB, m *atomicsession.Manager, token string, f laterCall) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	if token != "" {
		r.Header.Set("Cookie", "__Host-session="+token)
	}
	m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(w, r, m.Get(r.Context())) })).ServeHTTP(w, r)
	return w.Result()
}

func stored(t testing.TB, m *atomicsession.Manager, token string) (text string) {
	t.Helper()
	must(t, request(t, m, token, func(ctx context.Context, s *atomicsession.Session) error {
		doc, err := s.Document(ctx)
		text = doc.Text()
		return err
	}))
	return text
}

var (
	a, b, c = atomicsession.Path("a"), atomicsession.Path("b"), atomicsession.Path("c.d")
	n       = atomicsession.NewCounter("n")
)

// What is queued goes out in one update before the header, however the handler answers.
func TestLater(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request) error{
		"nothing":     func(http.ResponseWriter, *http.Request) error { return nil },
		"WriteHeader": func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(http.StatusNoContent); return nil },
		"Write":       func(w http.ResponseWriter, _ *http.Request) error { _, err := w.Write([]byte("x")); return err },
		"WriteString": func(w http.ResponseWriter, _ *http.Request) error { _, err := io.WriteString(w, "x"); return err },
		"ReadFrom": func(w http.ResponseWriter, _ *http.Request) error {
			_, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader("x"))
			return err
		},
		"Flush": func(w http.ResponseWriter, _ *http.Request) error { return http.NewResponseController(w).Flush() },
		"redirect": func(w http.ResponseWriter, r *http.Request) error {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return nil
		},
		"not found": func(w http.ResponseWriter, r *http.Request) error { http.NotFound(w, r); return nil },
	} {
		for _, begun := range []bool{true, false} {
			t.Run(fmt.Sprint(name, begun), func(t *testing.T) {
				s := newStore()
				m := newManager(t, s, nil)
				token, call, want := "", "create", `{"b":"y","c":{"d":2},"n":7}`
				if begun {
					token, call, want = newToken(t, m), "update", `{"a":1,"b":"y","c":{"d":2},"n":7}`
				}
				s.took()
				resp := later(t, m, token, func(w http.ResponseWriter, r *http.Request, session *atomicsession.Session) {
					must(t, session.Later(r.Context(), b.Set("x"), n.Inc(3)))
					must(t, session.Later(r.Context(), b.Set("y")))
					must(t, session.Later(r.Context(), c.Set(2), n.Inc(4)))
					wantCalls(t, s)
					must(t, answer(w, r))
					if name != "nothing" {
						wantCalls(t, s, call)
						if err := session.Later(r.Context(), a.Set(0)); !errors.Is(err, atomicsession.ErrHeadersSent) {
							t.Errorf("after the header: %v", err)
						}
						s.calls = append(s.calls, call)
					}
				})
				wantCalls(t, s, call)
				if cookie := sessionCookie(resp); cookie != nil {
					token = cookie.Value
				} else if !begun {
					t.Fatal("no cookie")
				}
				if got := stored(t, m, token); got != want {
					t.Errorf("stored %s, want %s", got, want)
				}
			})
		}
	}
}

// An informational response is not the header.
func TestLaterEarlyHints(t *testing.T) {
	site := newSite(t, nil)
	site.browser().visit(func(w http.ResponseWriter, r *http.Request, session *atomicsession.Session) {
		must(t, session.Later(r.Context(), b.Set(5)))
		w.WriteHeader(http.StatusEarlyHints)
		wantCalls(t, site.store)
		must(t, session.Later(r.Context(), c.Set(6)))
		w.WriteHeader(http.StatusOK)
		wantCalls(t, site.store, "create")
	})
}

// Its own methods see what a request has queued.
func TestLaterFirst(t *testing.T) {
	ctx := context.Background()
	for name, test := range map[string]struct {
		f    func(s *atomicsession.Session) error
		want []string
	}{
		"Flush":           {func(s *atomicsession.Session) error { return s.Flush(ctx) }, []string{"update"}},
		"Flush twice":     {func(s *atomicsession.Session) error { return errors.Join(s.Flush(ctx), s.Flush(ctx)) }, []string{"update"}},
		"Update":          {func(s *atomicsession.Session) error { return s.Update(ctx, b.Inc(1)) }, []string{"update", "update"}},
		"a bad Update":    {func(s *atomicsession.Session) error { _ = s.Update(ctx, b.Push(1)); return nil }, []string{"update", "update"}},
		"Touch":           {func(s *atomicsession.Session) error { return s.Touch(ctx) }, []string{"update", "update"}},
		"Renew":           {func(s *atomicsession.Session) error { return s.Renew(ctx) }, []string{"update"}},
		"Renew, beside":   {func(s *atomicsession.Session) error { return s.Renew(ctx, a.Set(2)) }, []string{"update"}},
		"Renew of it":     {func(s *atomicsession.Session) error { return s.Renew(ctx, b.Inc(1)) }, []string{"update", "update"}},
		"Renew, if":       {func(s *atomicsession.Session) error { return s.Renew(ctx, atomicsession.If(b.Eq(5))) }, []string{"update", "update"}},
		"Document":        {func(s *atomicsession.Session) error { _, err := s.Document(ctx); return err }, []string{"update", "load"}},
		"Refresh":         {func(s *atomicsession.Session) error { return s.Refresh(ctx) }, []string{"update", "load"}},
		"Peek":            {func(s *atomicsession.Session) error { return s.Peek(ctx) }, []string{"update", "load"}},
		"Exists":          {func(s *atomicsession.Session) error { _, err := s.Exists(ctx); return err }, []string{"update"}},
		"User":            {func(s *atomicsession.Session) error { _, err := s.User(ctx); return err }, []string{"update"}},
		"Info":            {func(s *atomicsession.Session) error { _, _, err := s.Info(ctx); return err }, []string{"update", "load"}},
		"a read of it":    {func(s *atomicsession.Session) error { _, _, err := b.Get(ctx, s); return err }, []string{"update"}},
		"a read inside":   {func(s *atomicsession.Session) error { _, _, err := atomicsession.Path("b.x").Get(ctx, s); return err }, []string{"update"}},
		"another read":    {func(s *atomicsession.Session) error { _, _, err := a.Get(ctx, s); return err }, []string{"load", "update"}},
		"CSRFToken":       {func(s *atomicsession.Session) error { _, err := s.CSRFToken(ctx); return err }, []string{"load", "update"}},
		"Destroy":         {func(s *atomicsession.Session) error { return s.Destroy(ctx) }, []string{"delete"}},
		"Reset":           {func(s *atomicsession.Session) error { return s.Reset(ctx) }, []string{"create", "update"}},
		"Reset to a user": {func(s *atomicsession.Session) error { return s.Reset(ctx, atomicsession.User("u")) }, []string{"create", "update"}},
		"a bad Later":     {func(s *atomicsession.Session) error { _ = s.Later(ctx, a.Set(func() {})); return nil }, []string{"update"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore()
			m := newManager(t, s, nil)
			token := newToken(t, m)
			s.took()
			later(t, m, token, func(_ http.ResponseWriter, _ *http.Request, session *atomicsession.Session) {
				must(t, session.Later(ctx, b.Set(5)))
				must(t, test.f(session))
			})
			wantCalls(t, s, test.want...)
		})
	}
}

// Where there is no session, methods after it find the one that it begins.
func TestLaterBegins(t *testing.T) {
	s := newStore()
	m := newManager(t, s, nil)
	var token, csrf string
	resp := later(t, m, "", func(_ http.ResponseWriter, r *http.Request, session *atomicsession.Session) {
		must(t, session.Later(r.Context(), b.Set(5)))
		ok, err := session.Exists(r.Context())
		if err != nil || !ok {
			t.Error(ok, err)
		}
		must(t, session.Later(r.Context(), b.Set(6)))
		csrf, err = session.CSRFToken(r.Context())
		must(t, err)
	})
	wantCalls(t, s, "create", "update")
	token = sessionCookie(resp).Value
	if got := stored(t, m, token); got != `{"b":6}` || csrf == "" {
		t.Error(got)
	}
	resp = later(t, m, "", func(_ http.ResponseWriter, r *http.Request, session *atomicsession.Session) {
		must(t, session.Later(r.Context(), b.Unset())) // leaves nothing to store
	})
	if sessionCookie(resp) != nil {
		t.Error("a session has begun")
	}
}

// Later says itself what needs no store.
func TestLaterErrors(t *testing.T) {
	s := newStore()
	m := newManager(t, s, nil)
	token := newToken(t, m)
	s.took()
	ctx := context.Background()
	for name, test := range map[string]struct {
		before func(s *atomicsession.Session) error
		change atomicsession.Change
		want   error
	}{
		"value":     {nil, a.Set(func() {}), atomicsession.ErrValue},
		"path":      {nil, atomicsession.Path("a..b").Set(1), atomicsession.ErrPath},
		"sign-in":   {nil, atomicsession.User("u"), atomicsession.ErrSignIn},
		"condition": {nil, atomicsession.If(a.Exists()), atomicsession.ErrValue},
		"recent":    {nil, atomicsession.If(atomicsession.SignedInWithin(1e9)), atomicsession.ErrValue},
		"ended":     {func(s *atomicsession.Session) error { return errors.Join(s.Update(ctx, b.Set(1)), s.Destroy(ctx)) }, a.Set(1), atomicsession.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			later(t, m, token, func(_ http.ResponseWriter, _ *http.Request, session *atomicsession.Session) {
				if test.before != nil {
					must(t, test.before(session))
					s.took()
				}
				if err := session.Later(ctx, test.change); !errors.Is(err, test.want) {
					t.Errorf("%v, want %v", err, test.want)
				}
			})
			wantCalls(t, s)
		})
	}
	t.Run("another site", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if err := m.Get(r.Context()).Later(ctx, a.Set(1)); !errors.Is(err, atomicsession.ErrCrossSite) {
				t.Error(err)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	})
	t.Run("no middleware", func(t *testing.T) {
		if err := m.Get(ctx).Later(ctx, a.Set(1)); !errors.Is(err, atomicsession.ErrNoMiddleware) {
			t.Error(err)
		}
		if err := m.Get(ctx).Flush(ctx); !errors.Is(err, atomicsession.ErrNoMiddleware) {
			t.Error(err)
		}
	})
}

// An answer of 5xx and a panic drop the queue, but not a secret that has changed.
func TestLaterDropped(t *testing.T) {
	for name, end := range map[string]laterCall{
		"500": func(w http.ResponseWriter, _ *http.Request, _ *atomicsession.Session) {
			w.WriteHeader(http.StatusInternalServerError)
		},
		"http.Error": func(w http.ResponseWriter, _ *http.Request, _ *atomicsession.Session) {
			http.Error(w, "x", http.StatusServiceUnavailable)
		},
		"panic": func(http.ResponseWriter, *http.Request, *atomicsession.Session) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore()
			m := newManager(t, s, nil)
			token := newToken(t, m)
			s.took()
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header.Set("Cookie", "__Host-session="+token)
			func() {
				defer func() { _ = recover() }()
				m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					session := m.Get(r.Context())
					must(t, session.Renew(r.Context()))
					must(t, session.Later(r.Context(), b.Set(5)))
					end(w, r, session)
				})).ServeHTTP(w, r)
			}()
			wantCalls(t, s, "update") // the renewal
			cookie := sessionCookie(w.Result())
			if cookie == nil {
				t.Fatal("the new secret is lost")
			}
			if got := stored(t, m, cookie.Value); got != `{"a":1}` {
				t.Error(got)
			}
		})
	}
}

// A double click on "Sign in": what is queued is no reason to refuse the second one.
func TestLaterThenSignIn(t *testing.T) {
	m := newManager(t, newStore(), nil)
	token := newToken(t, m)
	signIn := func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		must(t, s.Later(r.Context(), n.Inc(1)))
		must(t, s.Renew(r.Context(), atomicsession.User("u")))
	}
	later(t, m, token, signIn)
	second := sessionCookie(later(t, m, token, signIn))
	if second == nil {
		t.Fatal("no cookie")
	}
	if got := stored(t, m, second.Value); got != `{"a":1,"n":2}` {
		t.Error(got)
	}
}
