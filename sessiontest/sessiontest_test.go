package sessiontest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/atomicsession/atomicsession/sessiontest"
)

var visits = atomicsession.NewCounter("visits")

func newManager(t *testing.T, opts *atomicsession.Options) *atomicsession.Manager {
	t.Helper()
	m, err := atomicsession.New(memstore.New(nil), opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// managers are those whose cookies travel in different ways.
var managers = map[string]*atomicsession.Options{
	"default":        nil,
	"SecureRequest":  {SecureRequest: func(r *http.Request) bool { return r.TLS != nil }},
	"signed, domain": {SigningKeys: []atomicsession.SigningKey{[]byte(strings.Repeat("k", 32))}, Cookie: atomicsession.CookieOptions{Name: "sid", Domain: "example.com"}},
}

// A cookie names its session, with and without a server, and what is stored can be seen without using it.
func TestCookie(t *testing.T) {
	for name, opts := range managers {
		t.Run(name, func(t *testing.T) {
			m := newManager(t, opts)
			c := sessiontest.Cookie(t, m, atomicsession.User("42"), visits.Inc(1))
			ctx, end := sessiontest.Context(t, m, &http.Cookie{Name: "other", Value: "x"}, c)
			if n, err := visits.Add(ctx, m.Get(ctx), 1); n != 2 || err != nil {
				t.Fatal(n, err)
			}
			if cookies := end(); len(cookies) != 2 || cookies[1] != c {
				t.Errorf("the browser has %v", cookies)
			}
			var n int64
			sessiontest.Read(t, m, []*http.Cookie{c}, visits.Into(&n))
			if text := sessiontest.Document(t, m, c).Text(); n != 2 || text != `{"visits":2}` {
				t.Errorf("%d visits, %s", n, text)
			}
			if info := sessiontest.Info(t, m, c); info.User != "42" {
				t.Errorf("%+v", info)
			}
		})
	}
}

// What begins, is renewed or ends in a context is in the cookies that are there at its end.
func TestContext(t *testing.T) {
	m := newManager(t, nil)
	ctx, end := sessiontest.Context(t, m)
	if err := m.Get(ctx).Later(ctx, visits.Inc(1)); err != nil {
		t.Fatal(err)
	}
	first := end()
	if text := sessiontest.Document(t, m, first...).Text(); len(first) != 1 || text != `{"visits":1}` {
		t.Errorf("%v, %s", first, text)
	}
	ctx, end = sessiontest.Context(t, m, first...)
	if err := m.Get(ctx).Renew(ctx, atomicsession.User("42")); err != nil {
		t.Fatal(err)
	}
	signedIn := end()
	if len(signedIn) != 1 || signedIn[0].Value == first[0].Value || sessiontest.Info(t, m, signedIn...).User != "42" {
		t.Errorf("%v", signedIn)
	}
	ctx, _ = sessiontest.Context(t, m, signedIn...)
	if err := m.Get(ctx).Destroy(ctx); err != nil {
		t.Fatal(err)
	}
	if info := sessiontest.Info(t, m, signedIn...); !info.ID.IsZero() || sessiontest.Document(t, m, signedIn...).Len() != 0 {
		t.Errorf("after the end: %+v", info)
	}
	if info := sessiontest.Info(t, m); !info.ID.IsZero() {
		t.Errorf("of nobody: %+v", info)
	}
}

// The clock ages sessions, and looking keeps none alive.
func TestClock(t *testing.T) {
	clock := sessiontest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	m := newManager(t, &atomicsession.Options{MaxAge: time.Hour, Now: clock.Now})
	c := sessiontest.Cookie(t, m, visits.Inc(1))
	for range 2 {
		clock.Advance(29 * time.Minute)
		if sessiontest.Document(t, m, c).Len() != 1 {
			t.Fatal("it has ended too early")
		}
	}
	clock.Advance(2 * time.Minute)
	if sessiontest.Document(t, m, c).Len() != 0 {
		t.Error("looking has kept it alive")
	}
}

// A token passes ProtectCSRF with its cookie.
func TestCSRFToken(t *testing.T) {
	m := newManager(t, nil)
	c := sessiontest.Cookie(t, m)
	r := httptest.NewRequest(http.MethodPost, "https://example.com/", nil)
	r.AddCookie(c)
	r.Header.Set("X-CSRF-Token", sessiontest.CSRFToken(t, m, c))
	w := httptest.NewRecorder()
	m.Middleware(m.ProtectCSRF(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }))).ServeHTTP(w, r)
	if w.Code != http.StatusAccepted {
		t.Errorf("the answer is %d", w.Code)
	}
}

// refused is a T whose failures are looked at.
type refused struct {
	testing.TB
	message string
}

func (r *refused) Fatal(args ...any)                 { r.message = fmt.Sprint(args...); panic(r) }
func (r *refused) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }

// What cannot be done fails the test, and says why.
func TestFails(t *testing.T) {
	m := newManager(t, nil)
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for name, test := range map[string]struct {
		do   func(testing.TB)
		want string
	}{
		"no session to read": {func(t testing.TB) { sessiontest.Read(t, m, nil) }, "no live session"},
		"no token":           {func(t testing.TB) { sessiontest.CSRFToken(t, m) }, "no live session"},
		"change":             {func(t testing.TB) { sessiontest.Cookie(t, m, atomicsession.If(visits.Gt(0)), visits.Inc(1)) }, "condition"},
		"TLS":                {func(t testing.TB) { sessiontest.Client(t, plain, sessiontest.Cookie(t, m)) }, "NewTLSServer"},
	} {
		r := &refused{TB: t}
		func() {
			defer func() {
				if recovered := recover(); recovered != any(r) {
					t.Errorf("%s: %v", name, recovered)
				}
			}()
			test.do(r)
		}()
		if !strings.Contains(r.message, test.want) {
			t.Errorf("%s: %q", name, r.message)
		}
	}
}

// In a race whoever loads, changes and saves loses all changes but one; a change that says what is to be done is never lost.
func TestRace(t *testing.T) {
	const n = 10
	for name, test := range map[string]struct {
		handle func(ctx context.Context, s *atomicsession.Session) error
		want   int64
	}{
		"load, change, save": {func(ctx context.Context, s *atomicsession.Session) error {
			before, _, err := visits.Get(ctx, s)
			return errors.Join(err, s.Update(ctx, visits.Set(before+1)))
		}, 1},
		"change":  {func(ctx context.Context, s *atomicsession.Session) error { return s.Update(ctx, visits.Inc(1)) }, n},
		"nothing": {func(context.Context, *atomicsession.Session) error { return nil }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			store := sessiontest.NewStore()
			m, err := atomicsession.New(store, nil)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewTLSServer(m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if err := test.handle(r.Context(), m.Get(r.Context())); err != nil {
					m.WriteError(w, r, err)
				}
			})))
			defer server.Close()
			c := sessiontest.Cookie(t, m)
			client := sessiontest.Client(t, server, c)
			for round := range 3 {
				store.Race(n, func(int) {
					resp, err := client.Get(server.URL)
					if err != nil {
						t.Error(err)
						return
					}
					_ = resp.Body.Close()
					if resp.StatusCode != http.StatusOK {
						t.Errorf("the answer is %s", resp.Status)
					}
				})
				var got int64
				if sessiontest.Read(t, m, []*http.Cookie{c}, visits.Into(&got)); got != test.want*int64(round+1) {
					t.Errorf("round %d: %d visits, not %d", round, got, test.want*int64(round+1))
				}
			}
		})
	}
}
