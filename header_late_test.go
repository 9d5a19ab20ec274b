package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// ways are how it becomes too late for a cookie. Each runs f with a context that has not ended, and then lets the request end.
var ways = map[string]struct {
	run  func(t *testing.T, m *atomicsession.Manager, cookie string, f call) *http.Response
	text string // why it is too late
}{
	"http.TimeoutHandler": {func(t *testing.T, m *atomicsession.Manager, cookie string, f call) *http.Response {
		done := make(chan struct{})
		resp := serve(m, t.Context(), cookie, func(h http.Handler) http.Handler {
			return http.TimeoutHandler(h, time.Millisecond, "too slow")
		}, func(r *http.Request, s *atomicsession.Session) {
			defer close(done)
			<-r.Context().Done()
			_ = f(context.WithoutCancel(r.Context()), s)
		})
		<-done
		return resp
	}, "the request's context has ended"},
	"the handler has returned": {func(t *testing.T, m *atomicsession.Manager, cookie string, f call) *http.Response {
		var ctx context.Context
		var kept *atomicsession.Session
		resp := serve(m, t.Context(), cookie, nil, func(r *http.Request, s *atomicsession.Session) {
			ctx, kept = context.WithoutCancel(r.Context()), s
		})
		_ = f(ctx, kept)
		return resp
	}, "the handler has returned"},
	"the handler has returned, and used the session": {func(t *testing.T, m *atomicsession.Manager, cookie string, f call) *http.Response {
		var ctx context.Context
		var kept *atomicsession.Session
		resp := serve(m, t.Context(), cookie, nil, func(r *http.Request, s *atomicsession.Session) {
			ctx, kept = context.WithoutCancel(r.Context()), s
			_ = info(ctx, s)
		})
		_ = f(ctx, kept)
		return resp
	}, "the handler has returned"},
	"the client has gone": {func(t *testing.T, m *atomicsession.Manager, cookie string, f call) *http.Response {
		ctx, leave := context.WithCancel(t.Context())
		return serve(m, ctx, cookie, nil, func(r *http.Request, s *atomicsession.Session) {
			leave()
			_ = f(context.WithoutCancel(r.Context()), s)
		})
	}, "the request's context has ended"},
}

// serve answers a request without a server.
func serve(m *atomicsession.Manager, ctx context.Context, cookie string, outside func(http.Handler) http.Handler,
	h func(*http.Request, *atomicsession.Session),
) *http.Response {
	handler := m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { h(r, m.Get(r.Context())) }))
	if outside != nil {
		handler = outside(handler)
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if cookie != "" {
		r.Header.Set("Cookie", "__Host-session="+cookie)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Result()
}

// A secret that would reach nobody is not made: what needs a new cookie fails, says why, and leaves the store as it was. But a
// sign-out signs out.
func TestTooLate(t *testing.T) {
	const (
		stranger = "stranger"
		member   = "member"
		stale    = "stale"
	)
	user := atomicsession.User("42")
	for _, c := range []struct {
		name string
		who  string
		f    call
		want error  // nil: none
		text string // what the error says beside why it is too late
		left string // the sessions in the store: "" if none, else the document of one
	}{
		{"Renew", member, renew(), atomicsession.ErrHeadersSent, "", `{"a":1}`},
		{"Renew with User", member, renew(user), atomicsession.ErrHeadersSent, "", `{"a":1}`},
		{"Renew with User", stranger, renew(user), atomicsession.ErrHeadersSent, "", ""},
		{"Renew with User", stale, renew(user), atomicsession.ErrHeadersSent, "", ""},
		{"Reset with User", member, reset(user), atomicsession.ErrHeadersSent, "", `{"a":1}`},
		{"Reset with User", stranger, reset(user), atomicsession.ErrHeadersSent, "", ""},
		{"Reset with User", stale, reset(user), atomicsession.ErrHeadersSent, "", ""},
		{"Reset", member, reset(atomicsession.Path("bye").Set(1)), atomicsession.ErrHeadersSent, "the session has ended, and none has begun", ""},
		{"Reset", stranger, reset(atomicsession.Path("bye").Set(1)), atomicsession.ErrHeadersSent, "", ""},
		{"Reset", stale, reset(), atomicsession.ErrHeadersSent, "", ""},
		{"Set", member, update(atomicsession.Path("a").Set(2)), nil, "", `{"a":2}`},
		{"Set", stranger, update(atomicsession.Path("a").Set(2)), atomicsession.ErrHeadersSent, "", ""},
		{"Set", stale, update(atomicsession.Path("a").Set(2)), atomicsession.ErrHeadersSent, "", ""},
		{"Set of what has ended is told so", stale, update(atomicsession.Path("a").Set(2)), atomicsession.ErrNotFound, "", ""},
		{"empty Update", stranger, update(), nil, "", ""},
		{"CSRFToken", member, csrfToken, nil, "", `{"a":1}`},
		{"CSRFToken", stranger, csrfToken, atomicsession.ErrHeadersSent, "", ""},
		{"CSRFToken", stale, csrfToken, atomicsession.ErrHeadersSent, "", ""},
		{"Destroy", member, destroy, nil, "", ""},
		{"Touch", member, touch, nil, "", `{"a":1}`},
		{"Get", member, get("a"), nil, "", `{"a":1}`},
	} {
		for way, too := range ways {
			t.Run(c.name+"/"+c.who+"/"+way, func(t *testing.T) {
				store := newStore()
				m := newManager(t, store, nil)
				cookie := ""
				if c.who != stranger {
					cookie = newToken(t, m)
				}
				if c.who == stale {
					if err := request(t, m, cookie, destroy); err != nil {
						t.Fatal(err)
					}
				}
				resp := too.run(t, m, cookie, func(ctx context.Context, s *atomicsession.Session) error {
					err := c.f(ctx, s)
					switch {
					case !errors.Is(err, c.want):
						t.Errorf("got %v, want %v", err, c.want)
					case err != nil && (!strings.Contains(err.Error(), too.text) || !strings.Contains(err.Error(), c.text)):
						t.Errorf("the error is %q, want it to say %q and %q", err, too.text, c.text)
					}
					return err
				})
				if got := sessionCookie(resp); got != nil && got.Value != "" {
					t.Errorf("a cookie was set: %v", got)
				}
				rows := 0
				if c.left != "" {
					rows = 1
					err := request(t, m, cookie, func(ctx context.Context, s *atomicsession.Session) error {
						doc, err := s.Document(ctx)
						if doc.Text() != c.left {
							t.Errorf("the session holds %s, want %s", doc.Text(), c.left)
						}
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
				wantRows(t, store, rows)
			})
		}
	}
}

// A request may also end while the store is at work.
func TestTooLateMeanwhile(t *testing.T) {
	user := atomicsession.User("42")
	for _, c := range []struct {
		name   string
		member bool
		f      call
		text   string
		rows   int
		at     string // the call during which the client leaves; "" is the first
	}{
		{"Set", false, update(atomicsession.Path("a").Set(2)), "", 0, ""},
		{"CSRFToken", false, csrfToken, "", 0, ""},
		{"Renew", false, renew(user), "", 0, ""},
		{"Reset with User", false, reset(user), "", 0, ""},
		{"Reset", false, reset(), "", 0, ""},
		{"Reset of a session with User", true, reset(user), "", 1, ""},
		{"Reset of a session", true, reset(), "the session has ended, and none has begun", 0, ""},
		{"Reset of a session with User, at its end", true, reset(user), "the session has ended, and none has begun", 1, "update"},
		{"Reset of a session, at its end", true, reset(), "the session has ended, and none has begun", 1, "update"},
		{"Renew of a session", true, renew(), "the session has got a new secret", 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := newStore()
			m := newManager(t, store, nil)
			cookie := ""
			if c.member {
				cookie = newToken(t, m)
			}
			ctx, leave := context.WithCancel(t.Context())
			store.before(func(_ context.Context, call string) error {
				if c.at == "" || c.at == call {
					leave()
				}
				return nil
			})
			serve(m, ctx, cookie, nil, func(r *http.Request, s *atomicsession.Session) {
				err := c.f(context.WithoutCancel(r.Context()), s)
				if !errors.Is(err, atomicsession.ErrHeadersSent) || !strings.Contains(err.Error(), c.text) {
					t.Errorf("got %v", err)
				}
			})
			wantRows(t, store, c.rows)
		})
	}
}
