package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/atomicsession/atomicsession"
)

// Who clicks twice signs in, and what was queued goes along.
func TestSignInQueueOvertaken(t *testing.T) {
	for name, signIn := range map[string]func(context.Context, *atomicsession.Session) error{
		"renew": func(ctx context.Context, s *atomicsession.Session) error {
			return s.Renew(ctx, atomicsession.User("ann"))
		},
		"sign in": func(ctx context.Context, s *atomicsession.Session) error { return s.SignIn(ctx, "ann") },
	} {
		t.Run(name, func(t *testing.T) {
			m := newManager(t, newStore(), nil)
			token := newToken(t, m)
			click := func(ctx context.Context, s *atomicsession.Session) error {
				return errors.Join(s.Later(ctx, views.Inc(1)), signIn(ctx, s))
			}
			must(t, request(t, m, token, click))
			must(t, request(t, m, token, click))
		})
	}
}

// What was queued goes with the sign-in, in one call.
func TestSignInQueueCalls(t *testing.T) {
	store := newStore()
	m := newManager(t, store, nil)
	must(t, request(t, m, "", func(ctx context.Context, s *atomicsession.Session) error {
		return errors.Join(s.Later(ctx, views.Inc(1)), s.SignIn(ctx, "ann"))
	}))
	wantCalls(t, store, "create")
}

// There is one user to sign in, the one who was checked.
func TestSignInUserAmongChanges(t *testing.T) {
	for _, other := range []string{"bob", ""} {
		site := newSite(t, nil)
		b := site.browser()
		signIn := func(changes ...atomicsession.Change) error {
			return b.do(func(ctx context.Context, s *atomicsession.Session) error { return s.SignIn(ctx, "ann", changes...) })
		}
		must(t, signIn(atomicsession.Path("secret").Set("ann's")))
		err := signIn(atomicsession.User(other))
		if info, _ := b.info(); err == nil && info.User != "ann" {
			t.Errorf("SignIn of ann has bound %q to %s", info.User, b.document())
		}
	}
}

// Of two who sign in by one request, at the same time, neither gets what the other has.
func TestSignInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore()
		m := newManager(t, store, nil)
		token := newToken(t, m)
		must(t, request(t, m, token, func(ctx context.Context, s *atomicsession.Session) error {
			goOn := make(chan struct{})
			store.before(func(_ context.Context, call string) error {
				if call == "load" {
					<-goOn
				}
				return nil
			})
			var group sync.WaitGroup
			group.Go(func() { must(t, s.SignIn(ctx, "ann", atomicsession.Path("secret").Set("ann's"))) })
			synctest.Wait()
			group.Go(func() { must(t, s.SignIn(ctx, "bob")) })
			synctest.Wait()
			close(goOn)
			group.Wait()
			doc, err := s.Document(ctx)
			if user, _ := s.User(ctx); user == "bob" && strings.Contains(doc.Text(), "ann's") {
				t.Errorf("bob has %s", doc.Text())
			}
			return err
		}))
	})
}

// The user and the data that Read returns are of one moment.
func TestReadUserOfOneMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore()
		m := newManager(t, store, nil)
		token := newToken(t, m, atomicsession.User("ann"), name.Set("ann"))
		must(t, request(t, m, token, func(ctx context.Context, s *atomicsession.Session) error {
			goOn := make(chan struct{})
			store.before(func(_ context.Context, call string) error {
				if call == "load" {
					<-goOn
				}
				return nil
			})
			var group sync.WaitGroup
			user, who := "", ""
			group.Go(func() { must(t, s.Read(ctx, atomicsession.UserInto(&user), name.Into(&who))) })
			synctest.Wait()
			group.Go(func() { must(t, s.Reset(ctx, atomicsession.User("bob"), name.Set("bob"))) })
			synctest.Wait()
			close(goOn)
			group.Wait()
			if user != who {
				t.Errorf("the user is %q, the name %q", user, who)
			}
			return nil
		}))
	})
}

// Whom a sign-in has overtaken is signed in: the page comes again, with the new cookie.
func TestRequireSignedInOvertaken(t *testing.T) {
	m := newManager(t, newStore(), &atomicsession.Options{SignIn: "/login"})
	token := newToken(t, m, atomicsession.User("ann"))
	must(t, request(t, m, token, func(ctx context.Context, s *atomicsession.Session) error {
		return s.Renew(ctx, atomicsession.AuthenticatedBy("otp"))
	}))
	for _, accept := range []string{"text/html", "application/json"} {
		r := httptest.NewRequest(http.MethodGet, "/account", nil)
		r.Header.Set("Cookie", "__Host-session="+token)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		m.Middleware(m.RequireSignedIn(http.NotFoundHandler())).ServeHTTP(w, r)
		if w.Code == http.StatusSeeOther || w.Code == http.StatusForbidden {
			t.Errorf("%s: the answer is %d to %q, not that of ErrRenewed", accept, w.Code, w.Header().Get("Location"))
		}
	}
}

// A link of another site comes without a Strict cookie: the page comes again, with it.
func TestRequireSignedInStrict(t *testing.T) {
	m := newManager(t, newStore(), &atomicsession.Options{SignIn: "/login", Cookie: atomicsession.CookieOptions{SameSite: http.SameSiteStrictMode}})
	r := httptest.NewRequest(http.MethodGet, "/account", nil)
	for name, value := range map[string]string{"Accept": "text/html", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"} {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	m.Middleware(m.RequireSignedIn(http.NotFoundHandler())).ServeHTTP(w, r)
	if to := w.Header().Get("Location"); to != "" {
		t.Errorf("the answer is %d to %q", w.Code, to)
	}
}
