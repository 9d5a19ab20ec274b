package sessiontest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/sessiontest"
)

// late runs a race of n requests, of which the last one comes to the store a second after the others, and returns when request 1 was done.
func late(t *testing.T, n int, early func(m *atomicsession.Manager, c *http.Cookie, i int)) (done time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		store := sessiontest.NewStore()
		m, err := atomicsession.New(store, &atomicsession.Options{Now: sessiontest.NewClock(time.Now()).Now})
		if err != nil {
			t.Fatal(err)
		}
		c := sessiontest.Cookie(t, m, atomicsession.User("ann"))
		start := time.Now()
		store.Race(n, func(i int) {
			if i == n-1 {
				time.Sleep(time.Second)
				visit(context.Background(), m, c)
				return
			}
			early(m, c, i)
			if i == 1 {
				done = time.Since(start)
			}
		})
	})
	return done
}

func visit(ctx context.Context, m *atomicsession.Manager, c *http.Cookie) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "https://example.test/", nil)
	r.AddCookie(c)
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = m.Get(r.Context()).Update(r.Context(), visits.Inc(1))
	})).ServeHTTP(httptest.NewRecorder(), r)
}

// A request that gives up at the gate counts once.
func TestRaceCanceled(t *testing.T) {
	done := late(t, 3, func(m *atomicsession.Manager, c *http.Cookie, i int) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		if i == 0 {
			time.AfterFunc(time.Millisecond, cancel)
		}
		visit(ctx, m, c)
	})
	if done < time.Second {
		t.Errorf("request 1 has made its change after %v, before the last one came", done)
	}
}

// What ends many sessions races, too.
func TestRaceRevokeAll(t *testing.T) {
	done := late(t, 3, func(m *atomicsession.Manager, c *http.Cookie, i int) {
		if i == 0 {
			visit(context.Background(), m, c)
		} else if _, err := m.RevokeAll(context.Background(), "ann"); err != nil {
			t.Error(err)
		}
	})
	if done < time.Second {
		t.Errorf("RevokeAll was through after %v, before the last one came", done)
	}
}

// A cookie for a domain or a path is sent to the test's server.
func TestClientDomain(t *testing.T) {
	m := newManager(t, &atomicsession.Options{Cookie: atomicsession.CookieOptions{Domain: "example.com"}})
	var user string
	server := httptest.NewTLSServer(m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		user, _ = m.Get(r.Context()).User(r.Context())
	})))
	defer server.Close()
	r := &refused{TB: t}
	var client *http.Client
	func() {
		defer func() { _ = recover() }()
		client = sessiontest.Client(r, server, sessiontest.Cookie(t, m, atomicsession.User("42")))
	}()
	if r.message != "" {
		return
	}
	resp, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if user != "42" {
		t.Errorf("the visitor is %q, and Client has said nothing", user)
	}
}

// After a sign-out the browser has no cookie.
func TestContextForgets(t *testing.T) {
	m := newManager(t, nil)
	c := sessiontest.Cookie(t, m, visits.Inc(1))
	ctx, end := sessiontest.Context(t, m, c)
	if err := m.Get(ctx).Destroy(ctx); err != nil {
		t.Fatal(err)
	}
	has := end()
	if len(has) != 0 {
		t.Errorf("the browser has %v", has)
	}
	ctx, _ = sessiontest.Context(t, m, has...)
	if err := m.Get(ctx).Touch(ctx); err != nil {
		t.Errorf("Touch of a visitor who has signed out: %v", err)
	}
}

// reported counts the failures.
type reported struct {
	testing.TB
	failures int
}

func (r *reported) Error(...any)       { r.failures++ }
func (r *reported) Cleanup(end func()) { r.TB.Cleanup(end) }

// A queue that cannot be sent fails the test once.
func TestContextTwice(t *testing.T) {
	m := newManager(t, nil)
	c := sessiontest.Cookie(t, m, atomicsession.Path("text").Set("x"))
	r := &reported{TB: t}
	t.Run("inner", func(t *testing.T) {
		r.TB = t
		ctx, end := sessiontest.Context(r, m, c)
		if err := m.Get(ctx).Later(ctx, atomicsession.Path("text").Inc(1)); err != nil {
			t.Fatal(err)
		}
		end()
	})
	if r.failures != 1 {
		t.Errorf("%d failures of one queue", r.failures)
	}
}
