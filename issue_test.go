package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// withCookie runs f within a request with the cookie, and returns f's error.
func withCookie(t *testing.T, m *atomicsession.Manager, c *http.Cookie, f func(context.Context, *atomicsession.Session) error) error {
	t.Helper()
	return request(t, m, c.Value, f)
}

// Issue begins a session whose cookie is one of the manager's.
func TestIssue(t *testing.T) {
	store, clock := newStore(), newClock()
	m := newManager(t, store, &atomicsession.Options{Now: clock.now, Device: func(*http.Request) map[string]string {
		t.Error("a device was asked for")
		return nil
	}})
	c, info, err := m.Issue(t.Context(), atomicsession.User("42"), atomicsession.AuthenticatedBy("link"), atomicsession.Lifetime(time.Hour), views.Inc(3))
	if err != nil {
		t.Fatal(err)
	}
	wantCalls(t, store, "create")
	if c.Name != "__Host-session" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.MaxAge != 3599 { // the clock stands a quarter of a second after a full one
		t.Errorf("the cookie is %v", c)
	}
	if info.User != "42" || info.Current || !info.Authenticated.Equal(clock.now()) || len(info.Methods) != 1 || !info.Expires.Equal(clock.now().Add(time.Hour)) {
		t.Errorf("info %+v", info)
	}
	must(t, withCookie(t, m, c, func(ctx context.Context, s *atomicsession.Session) error {
		n, _, err := views.Get(ctx, s)
		there, _, _ := s.Info(ctx)
		if n != 3 || there.ID != info.ID || there.User != "42" {
			t.Errorf("the session has %d views, and is %+v", n, there)
		}
		return err
	}))
	if n, err := m.RevokeAll(t.Context(), "42"); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// A session of nobody that holds nothing is one, too; what cannot be is none.
func TestIssueFails(t *testing.T) {
	store := newStore()
	m := newManager(t, store, &atomicsession.Options{MaxSessions: 1, RefuseSessions: true})
	if _, info, err := m.Issue(t.Context()); err != nil || info.ID.IsZero() {
		t.Error(info, err)
	}
	if _, _, err := m.Issue(t.Context(), atomicsession.User("42")); err != nil {
		t.Error(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	none := newManager(t, nil, nil)
	for name, test := range map[string]struct {
		m       *atomicsession.Manager
		ctx     context.Context
		changes []atomicsession.Change
		want    error
	}{
		"condition": {m, t.Context(), []atomicsession.Change{atomicsession.If(views.Gt(1)), views.Inc(1)}, atomicsession.ErrCondition},
		"conflict":  {m, t.Context(), []atomicsession.Change{views.Inc(1), views.Set(1)}, atomicsession.ErrConflict},
		"too many":  {m, t.Context(), []atomicsession.Change{atomicsession.User("42")}, atomicsession.ErrTooManySessions},
		"cancelled": {m, over, nil, context.Canceled},
		"no store":  {none, t.Context(), nil, atomicsession.ErrNoStore},
	} {
		c, _, err := test.m.Issue(test.ctx, test.changes...)
		if c != nil || !errors.Is(err, test.want) || !strings.HasPrefix(err.Error(), "session issue: ") {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	wantRows(t, store, 2)
}

// Where the request decides about Secure, a session without a request is one of TLS.
func TestIssueSecureRequest(t *testing.T) {
	m := newManager(t, newStore(), &atomicsession.Options{SecureRequest: func(r *http.Request) bool { return r.TLS != nil }})
	if c, _, err := m.Issue(t.Context()); err != nil || !c.Secure || c.Name != "__Host-session" {
		t.Error(c, err)
	}
	m = newManager(t, newStore(), &atomicsession.Options{Cookie: atomicsession.CookieOptions{InsecureHTTP: true}})
	if c, _, err := m.Issue(t.Context()); err != nil || c.Secure || c.Name != "session" {
		t.Error(c, err)
	}
}
