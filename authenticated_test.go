package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

var act = atomicsession.Path("acted").Inc(1)

func actWithin(d time.Duration) call {
	return update(atomicsession.If(atomicsession.SignedInWithin(d)), act)
}

func authentication(t *testing.T, b *browser) (a atomicsession.Authentication) {
	t.Helper()
	err := b.do(func(ctx context.Context, s *atomicsession.Session) (err error) {
		a, err = s.Authenticated(ctx)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return a
}

// What changes when and how a visitor is said to have signed in, in the order in which a visitor may do it.
func TestAuthenticated(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	var signedIn time.Time
	for _, step := range []struct {
		name string
		do   call
		want []string
		now  bool // the time is that of the step
		none bool
	}{
		{"nobody", update(atomicsession.Path("a").Set(1)), nil, false, true},
		{"a renewal of nobody", renew(), nil, false, true},
		{"a sign-in", renew(atomicsession.User("ann"), atomicsession.AuthenticatedBy("pwd")), []string{"pwd"}, true, false},
		{"an update", update(atomicsession.Path("a").Inc(1)), []string{"pwd"}, false, false},
		{"a renewal", renew(atomicsession.Path("a").Inc(1)), []string{"pwd"}, false, false},
		{"a second factor", renew(atomicsession.AuthenticatedBy("pwd", "otp")), []string{"pwd", "otp"}, true, false},
		{"an update from outside", func(ctx context.Context, s *atomicsession.Session) error {
			info, _, err := s.Info(ctx)
			return errors.Join(err, site.sessions.UpdateSession(ctx, "ann", info.ID, atomicsession.Label("x")))
		}, []string{"pwd", "otp"}, false, false},
		{"a sign-in that names no methods", renew(atomicsession.User("ann")), nil, true, false},
		{"a change of hands", renew(atomicsession.User("bob"), atomicsession.AuthenticatedBy("hwk")), []string{"hwk"}, true, false},
		{"a sign-out that keeps the session", renew(atomicsession.User("")), nil, false, true},
		{"a sign-in by Reset", reset(atomicsession.User("bob"), atomicsession.AuthenticatedBy("sc")), []string{"sc"}, true, false},
		{"a re-authentication by Reset of nobody", reset(atomicsession.AuthenticatedBy("kba"), atomicsession.Path("a").Set(1)), []string{"kba"}, true, false},
		{"a sign-out by Reset", reset(atomicsession.Path("a").Set(1)), nil, false, true},
	} {
		site.clock.advance(time.Minute)
		if err := b.do(step.do); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		switch {
		case step.now:
			signedIn = site.clock.now().UTC().Truncate(time.Millisecond)
		case step.none:
			signedIn = time.Time{}
		}
		want := atomicsession.Authentication{At: signedIn, Methods: step.want}
		if got := authentication(t, b); !reflect.DeepEqual(got, want) {
			t.Errorf("after %s: %+v, want %+v", step.name, got, want)
		}
		err := b.do(actWithin(time.Minute))
		if recent := site.clock.now().Sub(signedIn) <= time.Minute; errors.Is(err, atomicsession.ErrReauthenticate) == recent {
			t.Errorf("after %s, a sign-in within a minute is %v: an action is %v", step.name, recent, err)
		}
	}
}

// In the request that signs in, too, what it has done is known.
func TestAuthenticatedInTheSameRequest(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	for _, load := range []bool{false, true} {
		err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
			if load {
				if _, err := s.Document(ctx); err != nil {
					return err
				}
			}
			if err := s.Renew(ctx, atomicsession.User("ann"), atomicsession.AuthenticatedBy("pwd"), atomicsession.Label("x")); err != nil {
				return err
			}
			info, _, err := s.Info(ctx)
			if info.Label != "x" || len(info.Methods) != 1 || !info.Authenticated.Equal(site.clock.now().Truncate(time.Millisecond)) {
				t.Errorf("after a load: %v: it is %+v", load, info)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestSignedInWithin(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	refused := func(what string, do call) {
		t.Helper()
		site.store.took()
		if err := b.do(do); !errors.Is(err, atomicsession.ErrReauthenticate) || !errors.Is(err, atomicsession.ErrCondition) {
			t.Errorf("%s: %v, want ErrReauthenticate", what, err)
		} else if strings.Contains(err.Error(), "\n") || atomicsession.StatusCode(err) != http.StatusForbidden {
			t.Errorf("%s: %v, status %d", what, err, atomicsession.StatusCode(err))
		}
	}
	refused("without a session", actWithin(time.Hour))
	if b.token() != "" {
		t.Error("a session has begun")
	}
	refused("a sign-in on it, without a session", renew(atomicsession.User("ann"), atomicsession.If(atomicsession.SignedInWithin(time.Hour))))
	if err := b.do(signIn(atomicsession.Path("acted").Set(0))); err != nil {
		t.Fatal(err)
	}
	site.store.took()
	if err := b.do(actWithin(15 * time.Minute)); err != nil {
		t.Error(err)
	}
	wantCalls(t, site.store, "update")
	site.clock.advance(15 * time.Minute)
	if err := b.do(actWithin(15 * time.Minute)); err != nil {
		t.Errorf("at its end: %v", err)
	}
	site.clock.advance(time.Millisecond)
	refused("after its end", actWithin(15*time.Minute))
	refused("the shorter of two", update(atomicsession.If(atomicsession.SignedInWithin(time.Hour), atomicsession.SignedInWithin(time.Minute)), act))
	refused("the shorter of two", update(atomicsession.If(atomicsession.SignedInWithin(time.Minute)), atomicsession.If(atomicsession.SignedInWithin(time.Hour)), act))
	refused("Reset", reset(atomicsession.If(atomicsession.SignedInWithin(time.Hour)), atomicsession.Path("a").Set(1))) // it looks at the empty session
	b.wantDocument(`{"acted":2}`)
	if err := b.do(renew(atomicsession.AuthenticatedBy("pwd"), atomicsession.If(atomicsession.SignedInWithin(time.Hour)))); err != nil {
		t.Error(err)
	}
	if err := b.do(actWithin(time.Minute)); err != nil {
		t.Errorf("after proving it once more: %v", err)
	}
	other := atomicsession.Path("acted").Gt(100)
	if err := b.do(update(atomicsession.If(atomicsession.SignedInWithin(time.Hour), other), act)); !errors.Is(err, atomicsession.ErrCondition) ||
		errors.Is(err, atomicsession.ErrReauthenticate) {
		t.Errorf("with another condition: %v, want ErrCondition alone", err)
	}
}

func TestSignedInWithinRefused(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	if err := b.do(signIn()); err != nil {
		t.Fatal(err)
	}
	c := atomicsession.SignedInWithin(time.Hour)
	list := atomicsession.Path("list")
	for name, do := range map[string]call{
		"inside And":       update(atomicsession.If(atomicsession.And(c)), act),
		"inside Or":        update(atomicsession.If(atomicsession.Or(c, list.Absent())), act),
		"inside Not":       update(atomicsession.If(atomicsession.Not(c)), act),
		"of an element":    update(list.Where(c).Do(atomicsession.Path("x").Set(1))),
		"of any element":   update(atomicsession.If(list.Any(c)), act),
		"to pull":          update(list.Pull(c)),
		"of nothing":       actWithin(0),
		"of less":          actWithin(-time.Hour),
		"methods: a space": renew(atomicsession.AuthenticatedBy("a b")),
		"methods: empty":   renew(atomicsession.AuthenticatedBy("")),
		"methods: many":    renew(atomicsession.AuthenticatedBy(strings.Repeat("x", 129))),
		"methods: control": renew(atomicsession.AuthenticatedBy("a\n")),
	} {
		if err := b.do(do); !errors.Is(err, atomicsession.ErrValue) {
			t.Errorf("%s: %v, want ErrValue", name, err)
		}
	}
	if err := b.update(atomicsession.AuthenticatedBy("pwd")); !errors.Is(err, atomicsession.ErrSignIn) {
		t.Errorf("an update: %v, want ErrSignIn", err)
	}
}

// The absolute limit is counted from the last proof.
func TestAbsoluteMaxAgeFromAuthentication(t *testing.T) {
	for _, absolute := range []time.Duration{0, 30 * 24 * time.Hour} {
		site := newSite(t, &atomicsession.Options{MaxAge: 24 * time.Hour, AbsoluteMaxAge: absolute})
		b := site.browser()
		if err := b.do(signIn(atomicsession.Path("a").Set(1))); err != nil {
			t.Fatal(err)
		}
		days := func(n int, want bool) {
			t.Helper()
			for range n {
				site.clock.advance(23 * time.Hour)
				if _, ok := b.info(); ok != want && want {
					t.Fatalf("AbsoluteMaxAge %v: the session has ended", absolute)
				}
			}
			if _, ok := b.info(); ok != want {
				t.Errorf("AbsoluteMaxAge %v: there is a session: %v, want %v", absolute, ok, want)
			}
		}
		days(20, true)
		if err := b.do(renew(atomicsession.AuthenticatedBy("pwd"))); err != nil {
			t.Fatal(err)
		}
		days(25, true)
		days(10, false)
	}
}

// A visitor asks for a page that needs a recent sign-in, is led to the sign-in and comes back; a script gets a status.
func TestRequireSignedInWithin(t *testing.T) {
	clock := newClock()
	m := newManager(t, newStore(), &atomicsession.Options{SignIn: "/login?lang=en", Now: clock.now})
	mux := http.NewServeMux()
	mux.Handle("/account", m.RequireSignedInWithin(15*time.Minute, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("account"))
	})))
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("login")) })
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if err := m.Get(r.Context()).Renew(r.Context(), atomicsession.User("ann")); err != nil {
			t.Error(err)
		}
		http.Redirect(w, r, m.ReturnPath(r), http.StatusSeeOther)
	})
	b := newVisitor(t, m.Middleware(mux))

	const page = "/account?tab=1&x=a%26b"
	for range 2 {
		if got := b.navigate(http.MethodGet, page, ""); got != "login" {
			t.Fatalf("the visitor sees %q, want the sign-in", got)
		}
		if got := b.navigate(http.MethodPost, b.at, ""); got != "account" || !strings.HasSuffix(b.at, page) {
			t.Fatalf("after the sign-in the visitor sees %q at %s", got, b.at)
		}
		clock.advance(16 * time.Minute)
	}
	if got := b.navigate(http.MethodGet, page, ""); !strings.Contains(got, "recent sign-in") || !strings.Contains(got, "return=") {
		t.Errorf("led to the sign-in for the third time in ten seconds, the visitor sees %q, want a page that waits", got)
	}
	b = newVisitor(t, m.Middleware(mux))
	b.navigate(http.MethodPost, "/account", b.server.URL+"/form?a=1")
	if u, err := url.Parse(b.at); err != nil || u.Query().Get("return") != "/form?a=1" || u.Query().Get("lang") != "en" {
		t.Errorf("a form leads to %s", b.at)
	}
	if status := b.fetch("/account"); status != http.StatusForbidden {
		t.Errorf("a script gets %d, want 403", status)
	}
}

// Whoever has a cookie of before a sign-in cannot act on it, soon or late, whatever they call first.
func TestSignedInWithinOfAnOldCookie(t *testing.T) {
	signedIn := atomicsession.If(atomicsession.SignedInWithin(time.Hour))
	for name, do := range map[string]call{
		"an update": update(signedIn, act), "a renewal": renew(signedIn, act), "a sign-in": renew(atomicsession.User("ann"), signedIn, act),
		"a sign-in by Reset": reset(atomicsession.User("ann"), signedIn, act),
		"another session first": func(ctx context.Context, s *atomicsession.Session) error {
			return errors.Join(s.Renew(ctx, atomicsession.Path("x").Set(1)), s.Update(ctx, signedIn, act))
		},
	} {
		for _, later := range []time.Duration{0, driver.RenewalWindow - time.Millisecond, driver.RenewalWindow} {
			site := newSite(t, nil)
			b := site.browser()
			b.must(atomicsession.Path("a").Set(1))
			old := b.clone()
			if err := b.do(signIn()); err != nil {
				t.Fatal(err)
			}
			site.clock.advance(later)
			if err := old.do(do); err == nil {
				t.Errorf("%s, %v later: it acts", name, later)
			}
			b.wantDocument(`{"a":1}`)
		}
	}
}
