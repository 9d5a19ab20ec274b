package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// The browser never keeps the cookie beyond the record's end, whatever second of the clock it is.
func TestCookieLifetime(t *testing.T) {
	for _, c := range []struct {
		maxAge, absolute, want time.Duration
	}{
		{time.Hour, 0, time.Hour},
		{time.Hour, 10 * time.Minute, 10 * time.Minute},
		{1000 * day, 0, 400 * day},
		{2 * time.Second, 0, 2 * time.Second},
	} {
		site := newSite(t, &atomicsession.Options{MaxAge: c.maxAge, AbsoluteMaxAge: c.absolute})
		for range 7 {
			b := site.browser()
			resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
				if err := s.Update(r.Context(), atomicsession.Path("a").Set(1)); err != nil {
					t.Error(err)
				}
			})
			got := time.Duration(sessionCookie(resp).MaxAge) * time.Second
			if got > c.want || got < c.want-2*time.Second {
				t.Errorf("MaxAge %v, AbsoluteMaxAge %v: the cookie lives %v", c.maxAge, c.absolute, got)
			}
			site.clock.advance(150 * time.Millisecond)
		}
	}
}

func TestCookieOfASessionInItsLastSecond(t *testing.T) {
	site := newSite(t, &atomicsession.Options{AbsoluteMaxAge: 10 * time.Second})
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	site.clock.advance(9500 * time.Millisecond)
	resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := s.Renew(r.Context()); err != nil {
			t.Error(err)
		}
	})
	if c := sessionCookie(resp); c == nil || c.MaxAge >= 0 {
		t.Errorf("a cookie that cannot live for a second is %v, want it dropped", c)
	}
}

func TestCookieIsSentOnlyWhenItChanges(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: 24 * time.Hour}) // so TouchInterval is an hour
	b := site.browser()
	set := func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		_ = s.Update(r.Context(), atomicsession.Path("a").Set(1))
	}
	get := func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		_, _, _ = atomicsession.Path("a").Get(r.Context(), s)
	}
	renew := func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) { _ = s.Renew(r.Context()) }
	destroy := func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) { _ = s.Destroy(r.Context()) }
	for _, step := range []struct {
		name  string
		after time.Duration
		h     handler
		want  bool
	}{
		{"read without a session", 0, get, false},
		{"begun", 0, set, true},
		{"update at once", 0, set, false},
		{"update a little later", 30 * time.Minute, set, false},
		{"read a little later", 29 * time.Minute, get, false},
		{"update after an hour", 2 * time.Minute, set, true},
		{"read at once", 0, get, false},
		{"read after an hour", time.Hour + time.Second, get, true},
		{"renewed", 0, renew, true},
		{"update after that", 0, set, false},
		{"destroyed", 0, destroy, true},
		{"read after that", 0, get, false},
	} {
		site.clock.advance(step.after)
		resp := b.visit(step.h)
		if c := sessionCookie(resp); (c != nil) != step.want {
			t.Errorf("%s: the cookie is sent: %v", step.name, c != nil)
		} else if c != nil && c.MaxAge > int(24*time.Hour/time.Second) {
			t.Errorf("%s: the cookie lives %d seconds", step.name, c.MaxAge)
		}
	}
	if b.token() != "" {
		t.Error("the browser still has the cookie of a destroyed session")
	}
}

// The browser drops a non-persistent cookie by itself, so there is no lifetime to extend.
func TestNonPersistentCookieIsSentOnce(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: 24 * time.Hour, Cookie: atomicsession.CookieOptions{NonPersistent: true}})
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	for range 3 {
		site.clock.advance(20 * time.Hour)
		resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			_ = s.Update(r.Context(), atomicsession.Path("a").Set(2))
		})
		if c := sessionCookie(resp); c != nil {
			t.Fatalf("sent again: %v", c)
		}
	}
	b.wantDocument(`{"a":2}`)
}

// "Remember me" is for each sign-in to decide, and holds until another one decides.
func TestPersistent(t *testing.T) {
	for _, byDefault := range []bool{true, false} {
		site := newSite(t, &atomicsession.Options{MaxAge: 24 * time.Hour, Cookie: atomicsession.CookieOptions{NonPersistent: !byDefault}})
		b := site.browser()
		for _, c := range []struct {
			name       string
			call       func(ctx context.Context, s *atomicsession.Session) error
			persistent bool
		}{
			{"begun", func(ctx context.Context, s *atomicsession.Session) error {
				return s.Update(ctx, atomicsession.Path("a").Set(1))
			}, byDefault},
			{"renewed against the default", func(ctx context.Context, s *atomicsession.Session) error {
				return s.Renew(ctx, atomicsession.Persistent(!byDefault))
			}, !byDefault},
			{"renewed", func(ctx context.Context, s *atomicsession.Session) error { return s.Renew(ctx) }, !byDefault},
			{"reset", func(ctx context.Context, s *atomicsession.Session) error {
				return s.Reset(ctx, atomicsession.Path("a").Set(1))
			}, !byDefault},
			{"reset as by default", func(ctx context.Context, s *atomicsession.Session) error {
				return s.Reset(ctx, atomicsession.Persistent(byDefault), atomicsession.Path("a").Set(1))
			}, byDefault},
		} {
			resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
				if err := c.call(r.Context(), s); err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
			})
			if cookie := sessionCookie(resp); cookie == nil || (cookie.MaxAge > 0) != c.persistent {
				t.Errorf("%s, by default %v: the cookie is %v", c.name, byDefault, cookie)
			}
			site.clock.advance(20 * time.Hour) // when a persistent cookie is due to be extended
			resp = b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
				_ = s.Update(r.Context(), atomicsession.Path("a").Set(2))
			})
			if cookie := sessionCookie(resp); (cookie != nil) != c.persistent {
				t.Errorf("%s, by default %v: then the cookie is %v", c.name, byDefault, cookie)
			}
		}
		if err := b.update(atomicsession.Persistent(true)); atomicsession.StatusCode(err) != http.StatusInternalServerError {
			t.Errorf("Update: %v", err)
		}
	}
}

// A slow response does not extend the cookie: another request may have signed in since, and its cookie would be undone.
func TestSlowResponsesDoNotExtendTheCookie(t *testing.T) {
	const quick, slow = 5 * time.Second, 5*time.Second + time.Millisecond
	site := newSite(t, &atomicsession.Options{MaxAge: 24 * time.Hour}) // so TouchInterval is an hour
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	inc := update(atomicsession.Path("a").Inc(1))
	later := func(context.Context, *atomicsession.Session) error { site.clock.advance(2 * time.Hour); return nil }
	for _, step := range []struct {
		name  string
		calls []call
		takes time.Duration // until the header
		want  bool
	}{
		{"slow update", []call{inc}, slow, false},
		{"slow read", []call{get("a")}, slow, false},
		{"quick update", []call{inc}, quick, true},
		{"slow renewal", []call{renew()}, slow, true},
		{"slow renewal after an update", []call{inc, renew()}, slow, true},
		{"slow renewal, and an update when the cookie is due again", []call{renew(), later, inc}, slow, true},
		{"slow reset after a read", []call{get("a"), reset(atomicsession.Path("a").Set(1))}, slow, true},
	} {
		site.clock.advance(2 * time.Hour)
		resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			for _, f := range step.calls {
				if err := f(r.Context(), s); err != nil {
					t.Errorf("%s: %v", step.name, err)
				}
			}
			site.clock.advance(step.takes)
		})
		if c := sessionCookie(resp); (c != nil) != step.want {
			t.Errorf("%s: the cookie is sent: %v", step.name, c != nil)
		}
		if _, ok := b.info(); !ok {
			t.Fatalf("%s: the browser has lost its session", step.name)
		}
	}
	site.clock.advance(2 * time.Hour)
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		err := inc(ctx, s)
		site.clock.advance(slow)
		return errors.Join(err, s.Destroy(ctx))
	})
	if err != nil || b.token() != "" {
		t.Errorf("destroyed late: %v, and the browser keeps the cookie: %v", err, b.token() != "")
	}
	stranger := site.browser()
	stranger.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := s.Update(r.Context(), atomicsession.Path("a").Set(1)); err != nil {
			t.Error(err)
		}
		site.clock.advance(slow)
	})
	stranger.wantDocument(`{"a":1}`)
}
