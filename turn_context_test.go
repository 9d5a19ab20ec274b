package atomicsession_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// manyCalls are all methods that take a context and end nothing.
var manyCalls = map[string]call{
	"Get": get("a"), "Info": info, "Exists": exists, "User": user, "Document": document,
	"Get of a key": func(ctx context.Context, s *atomicsession.Session) error {
		_, _, err := atomicsession.NewKey[int]("a").Get(ctx, s)
		return err
	},
	"Refresh": refresh, "Peek": peek, "Touch": touch,
	"Update": update(atomicsession.Path("a").Set(2)), "empty Update": update(),
	"Set": func(ctx context.Context, s *atomicsession.Session) error {
		return s.Update(ctx, atomicsession.Path("a").Set(2))
	},
	"Unset": func(ctx context.Context, s *atomicsession.Session) error {
		return s.Update(ctx, atomicsession.Path("a").Unset())
	},
	"Take": take("a"),
	"Take of a key": func(ctx context.Context, s *atomicsession.Session) error {
		_, _, err := atomicsession.NewKey[int]("a").Take(ctx, s)
		return err
	},
	"Renew": renew(), "Renew with User": renew(atomicsession.User("bob")), "Reset with User": reset(atomicsession.User("bob")),
	"CSRFToken": csrfToken, "VerifyCSRF": csrfTokenless,
}

// managerCalls are the manager's. The session tells them which manager.
func managerCalls(m *atomicsession.Manager) map[string]call {
	return map[string]call{
		"UserSessions": func(ctx context.Context, _ *atomicsession.Session) error {
			_, err := m.UserSessions(ctx, "ann")
			return err
		},
		"Ping":  func(ctx context.Context, _ *atomicsession.Session) error { return m.Ping(ctx) },
		"Sweep": func(ctx context.Context, _ *atomicsession.Session) error { _, err := m.Sweep(ctx); return err },
	}
}

// With a context that has ended every method says so, every time, does nothing and asks nobody: whether the handle knows the answer
// or not, and with a session or without.
func TestEndedContext(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for want, ctx := range map[error]context.Context{context.Canceled: canceled, context.DeadlineExceeded: expired} {
		for who, see := range map[string]call{"stranger": nil, "not seen": nil, "seen": document, "seen by an update": update(atomicsession.Path("n").Inc(1))} {
			site := newSite(t, &atomicsession.Options{PrefetchTakesNothing: true})
			b := site.browser()
			if who != "stranger" {
				b = signedIn(t, site, "ann", 1)[0]
				b.must(atomicsession.Path("a").Set(1))
			}
			calls := maps.Clone(manyCalls)
			maps.Copy(calls, managerCalls(site.sessions))
			for _, prefetch := range []string{"", "prefetch"} {
				prepare := func(r *http.Request) { r.Header.Set("Sec-Purpose", prefetch) }
				resp := b.send(http.MethodGet, prepare, func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
					if see != nil {
						_ = see(r.Context(), s)
					}
					site.store.took()
					for name, f := range calls {
						for range 100 {
							if err := f(ctx, s); !errors.Is(err, want) {
								t.Fatalf("%s, %s: got %v, want %v", who, name, err, want)
							}
						}
					}
					wantCalls(t, site.store)
				})
				if c := sessionCookie(resp); c != nil {
					t.Errorf("%s: a cookie was set: %v", who, c)
				}
			}
		}
	}
}

// What ends sessions does so though the context has ended already.
func TestEndedContextEndsSessions(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, see := range []call{nil, info} {
		for name, c := range map[string]struct {
			end  func(*site, *browser, *atomicsession.Session) error
			left int // of three sessions of the user
			rows int
			want error
		}{
			"Destroy": {func(_ *site, _ *browser, s *atomicsession.Session) error { return s.Destroy(ctx) }, 2, 2, nil},
			"Reset": {func(_ *site, _ *browser, s *atomicsession.Session) error {
				return s.Reset(ctx, atomicsession.Path("flash").Set("bye"))
			}, 2, 2, context.Canceled},
			"RevokeOthers": {func(_ *site, _ *browser, s *atomicsession.Session) error { _, err := s.RevokeOthers(ctx); return err }, 1, 1, nil},
			"RevokeAll": {func(site *site, _ *browser, _ *atomicsession.Session) error {
				n, err := site.sessions.RevokeAll(ctx, "ann")
				if n != 3 {
					t.Errorf("revoked %d", n)
				}
				return err
			}, 0, 0, nil},
			"Revoke": {func(site *site, b *browser, _ *atomicsession.Session) error {
				return site.sessions.Revoke(ctx, "ann", firstInfo(t, b).ID)
			}, 2, 2, nil},
		} {
			site := newSite(t, nil)
			ann := signedIn(t, site, "ann", 3)
			ann[0].visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
				if see != nil {
					_ = see(r.Context(), s)
				}
				if err := c.end(site, ann[1], s); !errors.Is(err, c.want) {
					t.Errorf("%s: %v", name, err)
				}
			})
			list, err := site.sessions.UserSessions(t.Context(), "ann")
			if len(list) != c.left || err != nil {
				t.Errorf("%s: %d are left, %v; want %d", name, len(list), err, c.left)
			}
			wantRows(t, site.store, c.rows)
		}
	}
}
