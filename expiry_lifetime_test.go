package atomicsession_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// deploy replaces the manager by one with other options.
func (site *site) deploy(t *testing.T, opts atomicsession.Options) {
	t.Helper()
	opts.Now = site.clock.now
	site.sessions = newManager(t, site.store, &opts)
	site.server.Config.Handler = site.sessions.Middleware(http.HandlerFunc(site.serve))
}

// wantLife fails unless the session of b expires that long after now.
func wantLife(t *testing.T, when string, b *browser, want time.Duration) {
	t.Helper()
	list, err := b.site.store.List(t.Context(), b.site.clock.now(), "ada", atomicsession.ID{}, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("%s: %d sessions, %v", when, len(list), err)
	}
	if got := list[0].Expires.Sub(b.site.clock.now()); got != want {
		t.Errorf("%s: the session expires in %v, want %v", when, got, want)
	}
}

// signedIn returns a browser that has signed in.
func (site *site) signedIn(t *testing.T) *browser {
	t.Helper()
	b := site.browser()
	if err := b.do(signIn()); err != nil {
		t.Fatal(err)
	}
	return b
}

// A lowered MaxAge reaches every session at its next use, a raised one at its next sign-in.
func TestMaxAgeChanges(t *testing.T) {
	for name, use := range map[string]call{"read": info, "update": update(atomicsession.Path("n").Inc(1)), "touch": touch, "renewal": renew()} {
		t.Run(name, func(t *testing.T) {
			site := newSite(t, &atomicsession.Options{MaxAge: 10 * day})
			b := site.signedIn(t)
			site.deploy(t, atomicsession.Options{MaxAge: time.Hour})
			wantLife(t, "before its use", b, 10*day)
			if err := b.do(use); err != nil {
				t.Fatal(err)
			}
			wantLife(t, "lowered", b, time.Hour)
			site.deploy(t, atomicsession.Options{MaxAge: 20 * day})
			site.clock.advance(time.Minute)
			if err := b.do(use); err != nil {
				t.Fatal(err)
			}
			wantLife(t, "raised", b, 10*day)
			if err := b.do(signIn()); err != nil {
				t.Fatal(err)
			}
			wantLife(t, "signed in again", b, 20*day)
		})
	}
}

// A request that took its time before the last use, or runs on a clock that is behind, does not shorten what that has given.
func TestLateUseShortensNothing(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: day})
	b := site.signedIn(t)
	site.clock.advance(time.Hour)
	b.must(atomicsession.Path("n").Inc(1))
	site.clock.advance(-time.Hour)
	for _, use := range []call{info, update(atomicsession.Path("n").Inc(1)), touch, renew(), refresh} {
		if err := b.do(use); err != nil {
			t.Fatal(err)
		}
	}
	wantLife(t, "after late ones", b, day+time.Hour)
}

// Who does not want to be remembered has a shorter session under the same manager, which reads extend as well.
func TestLifetime(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: 30 * day})
	b := site.browser()
	resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := signIn(atomicsession.Lifetime(8*time.Hour))(r.Context(), s); err != nil {
			t.Error(err)
		}
	})
	if c := sessionCookie(resp); c.MaxAge > 8*3600 || c.MaxAge < 8*3600-1 {
		t.Errorf("the cookie lives %d seconds", c.MaxAge)
	}
	wantLife(t, "begun", b, 8*time.Hour)
	sent := 0
	for range 72 { // a read every 10 minutes, for half a day
		site.clock.advance(10 * time.Minute)
		resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			if user, err := s.User(r.Context()); user != "ada" || err != nil {
				t.Fatalf("the user is %q, %v", user, err)
			}
		})
		if sessionCookie(resp) != nil {
			sent++
		}
	}
	wantLife(t, "after reads", b, 8*time.Hour)
	if sent != 36 {
		t.Errorf("the cookie was sent %d times, want 36: every 20 minutes", sent)
	}
	if err := b.do(renew(atomicsession.Path("factor").Set(2))); err != nil {
		t.Fatal(err)
	}
	wantLife(t, "renewed", b, 8*time.Hour)
	if err := b.do(renew(atomicsession.Lifetime(2 * time.Hour))); err != nil {
		t.Fatal(err)
	}
	wantLife(t, "renewed with another", b, 2*time.Hour)
	if err := b.do(renew(atomicsession.Lifetime(300 * day))); err != nil {
		t.Fatal(err)
	}
	wantLife(t, "longer than MaxAge", b, 30*day-12*time.Hour) // the absolute limit since the sign-in
	if err := b.do(signIn(atomicsession.Lifetime(time.Hour))); err != nil {
		t.Fatal(err)
	}
	if err := b.do(signIn()); err != nil {
		t.Fatal(err)
	}
	wantLife(t, "signed in without a word", b, 30*day)
}

// A lowered MaxAge reaches a session by a read also where reads extend it seldom.
func TestMaxAgeLoweredALittle(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: 10 * day})
	b := site.signedIn(t)
	site.deploy(t, atomicsession.Options{MaxAge: 6 * day, TouchInterval: 5 * day})
	if err := b.do(info); err != nil {
		t.Fatal(err)
	}
	wantLife(t, "read", b, 6*day)
}

// Browsers keep no cookie for longer than 400 days, so it is sent again long before, whatever MaxAge is.
func TestCookieOfALongLife(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: 30 * 365 * day})
	b := site.signedIn(t)
	sent := 0
	for range 100 {
		site.clock.advance(4 * day)
		resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			if err := s.Touch(r.Context()); err != nil {
				t.Error(err)
			}
		})
		if sessionCookie(resp) != nil {
			sent++
		}
	}
	if sent < 10 {
		t.Errorf("the cookie was sent %d times in 400 days", sent)
	}
}

// Who is unbound has the absolute limit of nobody, and a set one goes on: only a sign-in begins it anew.
func TestUnboundDeadline(t *testing.T) {
	site := newSite(t, nil)
	b := site.signedIn(t)
	if err := b.do(renew(atomicsession.User(""), atomicsession.Path("a").Set(1))); err != nil {
		t.Fatal(err)
	}
	for range 40 {
		site.clock.advance(day)
		b.must(atomicsession.Path("n").Inc(1))
	}
	b.wantDocument(`{"a":1,"n":40}`)

	site = newSite(t, &atomicsession.Options{AbsoluteMaxAge: time.Hour})
	b = site.signedIn(t)
	site.clock.advance(50 * time.Minute)
	if err := b.do(renew(atomicsession.User(""), atomicsession.Path("a").Set(1))); err != nil {
		t.Fatal(err)
	}
	if info, _ := b.info(); info.Expires.Sub(site.clock.now()) != 10*time.Minute {
		t.Errorf("expires in %v", info.Expires.Sub(site.clock.now()))
	}
}

func TestLifetimeRefused(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	for name, c := range map[string]struct {
		do   call
		want error
	}{
		"in an update":       {update(atomicsession.Path("a").Set(1), atomicsession.Lifetime(time.Hour)), atomicsession.ErrSignIn},
		"too short":          {renew(atomicsession.Lifetime(time.Second - 1)), atomicsession.ErrValue},
		"none":               {renew(atomicsession.Lifetime(0)), atomicsession.ErrValue},
		"negative":           {reset(atomicsession.Lifetime(-time.Hour)), atomicsession.ErrValue},
		"shortest":           {renew(atomicsession.Path("a").Set(1), atomicsession.Lifetime(time.Second)), nil},
		"in a sign-out":      {reset(atomicsession.Lifetime(time.Hour)), nil},
		"parts of a second":  {renew(atomicsession.Lifetime(1500*time.Millisecond + 1)), nil},
		"with what is taken": {update(atomicsession.Lifetime(time.Hour)), atomicsession.ErrSignIn},
	} {
		if err := b.do(c.do); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// Sessions of nobody may live shorter. Who signs in gets the full time, who is unbound the shorter again.
func TestAnonymousMaxAge(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: 10 * day, AnonymousMaxAge: time.Hour})
	b := site.browser()
	b.must(atomicsession.Path("cart").Set(1))
	wantExpires := func(when string, want time.Duration) {
		t.Helper()
		if info, ok := b.info(); !ok || info.Expires.Sub(site.clock.now()) != want {
			t.Errorf("%s: %v, expires in %v, want %v", when, ok, info.Expires.Sub(site.clock.now()), want)
		}
	}
	wantExpires("begun", time.Hour)
	site.clock.advance(30 * time.Minute)
	wantExpires("read", time.Hour)
	if err := b.do(renew()); err != nil {
		t.Fatal(err)
	}
	wantExpires("renewed", time.Hour)
	if err := b.do(signIn()); err != nil {
		t.Fatal(err)
	}
	wantExpires("signed in", 10*day)
	if err := b.do(renew(atomicsession.User(""))); err != nil {
		t.Fatal(err)
	}
	wantExpires("unbound", time.Hour)
	if err := b.do(reset()); err != nil {
		t.Fatal(err)
	}
	wantExpires("signed out", time.Hour)
	if err := b.do(reset(atomicsession.User("ada"))); err != nil {
		t.Fatal(err)
	}
	wantExpires("signed in by Reset", 10*day)
	b = site.browser()
	csrfOf(t, b)
	wantExpires("of a page with a form", time.Hour)
}

// Who is signed in signs in again after 30 days, however often the session is used, unless the options say otherwise; a
// visitor without a user is none of that.
func TestAbsoluteMaxAgeByDefault(t *testing.T) {
	for _, c := range []struct {
		opts atomicsession.Options
		user bool
		want time.Duration // 0: no limit in a year
	}{
		{atomicsession.Options{}, true, 30 * day},
		{atomicsession.Options{}, false, 0},
		{atomicsession.Options{MaxAge: 60 * day}, true, 60 * day},
		{atomicsession.Options{MaxAge: 7 * day}, true, 30 * day},
		{atomicsession.Options{AbsoluteMaxAge: 100 * 365 * day}, true, 0},
		{atomicsession.Options{AbsoluteMaxAge: 20 * day}, true, 20 * day},
		{atomicsession.Options{AbsoluteMaxAge: 20 * day}, false, 20 * day},
	} {
		site := newSite(t, &c.opts)
		b := site.browser()
		do := update(atomicsession.Path("a").Set(1))
		if c.user {
			do = signIn()
		}
		if err := b.do(do); err != nil {
			t.Fatal(err)
		}
		lived := time.Duration(0)
		for ; lived < 365*day; lived += day {
			if _, ok := b.info(); !ok {
				break
			}
			site.clock.advance(day)
		}
		if want := c.want; lived != want && !(want == 0 && lived == 365*day) {
			t.Errorf("MaxAge %v, AbsoluteMaxAge %v, signed in %v: lived %v, want %v", c.opts.MaxAge, c.opts.AbsoluteMaxAge, c.user, lived, want)
		}
	}
}
