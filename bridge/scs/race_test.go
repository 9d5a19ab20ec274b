package scsbridge_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// held adds a path whose requests have loaded the session and stop, before they sign in, sign out, or commit a Put.
func (s *site) held(path string) gate {
	g := newGate()
	s.handle(path, func(ctx context.Context, r *http.Request) (err error) {
		s.sm.Put(ctx, r.URL.Path, "1")
		g.wait()
		switch r.FormValue("do") {
		case "login":
			err = s.sm.RenewToken(ctx)
		case "logout":
			err = s.sm.Destroy(ctx)
		}
		return err
	})
	return g
}

// heldRenewed adds a path whose requests stop between the renewal of the token and the Commit.
func (s *site) heldRenewed(path string) gate {
	g := newGate()
	s.handle(path, func(ctx context.Context, _ *http.Request) error {
		err := s.sm.RenewToken(ctx)
		s.sm.Put(ctx, "renewed", "1")
		g.wait()
		return err
	})
	return g
}

// putAtOnce puts n keys by n requests that have all loaded the session before the first of them commits, and returns the keys that were
// acknowledged. Between the two it calls meanwhile.
func putAtOnce(t *testing.T, s *site, visitor *browser, n int, meanwhile func()) (acknowledged []string) {
	t.Helper()
	var loaded sync.WaitGroup
	loaded.Add(n)
	open := make(chan struct{})
	s.handle("/at-once", func(ctx context.Context, r *http.Request) error {
		s.sm.Put(ctx, r.FormValue("key"), "x")
		loaded.Done()
		<-open
		return nil
	})
	var group sync.WaitGroup
	var mu sync.Mutex
	for i := range n {
		group.Go(func() {
			key := fmt.Sprint("key", i)
			status, token := visitor.get("/at-once?key=" + key)
			switch {
			case status == http.StatusOK:
				mu.Lock()
				acknowledged = append(acknowledged, key)
				mu.Unlock()
			case status != http.StatusGone || token != "":
				t.Errorf("%d, a cookie: %v", status, token != "")
			}
		})
	}
	loaded.Wait()
	group.Go(meanwhile)
	close(open)
	group.Wait()
	slices.Sort(acknowledged)
	return acknowledged
}

func lost(values map[string]any, acknowledged []string) (lost int) {
	for _, key := range acknowledged {
		if values[key] == nil {
			lost++
		}
	}
	return lost
}

func TestParallelPutsOfDifferentKeys(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		store driver.Store
	}{{"bridge", memstore.New(nil)}, {"scs", nil}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, test.store)
			visitor := s.browser(t)
			token := visitor.must("/put?key=first&value=1")
			acknowledged := putAtOnce(t, s, visitor, 30, func() {})
			n := lost(s.stored(t, token), acknowledged)
			if len(acknowledged) != 30 || (n > 0) != (test.store == nil) {
				t.Errorf("of 30, %d were acknowledged, and %d of those lost", len(acknowledged), n)
			}
		})
	}
}

func TestParallelPutsWhileTheTokenIsRenewed(t *testing.T) {
	t.Parallel()
	for range 20 {
		s := newSite(t, memstore.New(nil))
		visitor, other := s.browser(t), s.browser(t)
		old := visitor.must("/put?key=first&value=1")
		other.Jar = visitor.Jar
		var token string
		acknowledged := putAtOnce(t, s, visitor, 30, func() { token = other.must("/login?user=7") })
		values := s.stored(t, token)
		if n := lost(values, append(acknowledged, "first", "user")); n > 0 {
			t.Errorf("%d of %d lost", n, len(acknowledged))
		}
		if len(values) != len(acknowledged)+2 {
			t.Errorf("%d were acknowledged, and %v is there", len(acknowledged), keys(values))
		}
		if s.stored(t, old) != nil || s.live(t) != 1 {
			t.Error("the old token is of a session")
		}
	}
}

func TestLogoutAgainstASlowPut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		store driver.Store
		back  bool
	}{{"bridge", memstore.New(nil), false}, {"scs", nil, true}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, test.store)
			visitor := s.browser(t)
			token := visitor.must("/login?user=7")
			finish := visitor.slow(s.held("/held"), "/held")
			visitor.must("/logout")
			status, cookie := finish()
			back := s.stored(t, token) != nil
			if back != test.back || (status == http.StatusOK) != test.back || (cookie != "") != test.back {
				t.Errorf("the slow request: %d, a cookie: %v, the session is back: %v", status, cookie != "", back)
			}
		})
	}
}

func TestLogoutAgainstASlowRenewal(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/held?do=login", "/renewed"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			store := memstore.New(nil)
			s := newSite(t, store)
			visitor, other := s.browser(t), s.browser(t)
			visitor.must("/put?key=a&value=1")
			other.Jar = visitor.Jar
			logout := other.slow(s.held("/logout/held"), "/logout/held?do=logout")
			login := visitor.slow(map[string]gate{"/held?do=login": s.held("/held"), "/renewed": s.heldRenewed("/renewed")}[path], path)
			if status, _ := logout(); status != http.StatusOK {
				t.Errorf("the sign-out: %d", status)
			}
			if status, cookie := login(); status != http.StatusGone || cookie != "" {
				t.Errorf("the sign-in: %d, a cookie: %v", status, cookie != "")
			}
			if all, err := store.List(t.Context(), time.Now(), "", driver.ID{}, 10); len(all) != 0 || err != nil {
				t.Errorf("%d records are left, %v", len(all), err)
			}
		})
	}
}

// A sign-out that a sign-in has overtaken does not say that the session has ended.
func TestLogoutAfterRenewal(t *testing.T) {
	t.Parallel()
	s := newSite(t, memstore.New(nil))
	visitor, other := s.browser(t), s.browser(t)
	visitor.must("/put?key=a&value=1")
	other.Jar = visitor.Jar
	logout := visitor.slow(s.held("/held"), "/held?do=logout")
	token := other.must("/login?user=7")
	if status, cookie := logout(); status != http.StatusGone || cookie != "" {
		t.Errorf("the sign-out: %d, a cookie: %v", status, cookie != "")
	}
	if got := keys(s.stored(t, token)); !slices.Equal(got, []string{"a", "user"}) {
		t.Errorf("the session holds %v", got)
	}
	visitor.must("/logout")
	if s.live(t) != 0 {
		t.Error("a session is left")
	}
}

func TestTwoSignInsAtOnce(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/held?do=login", "/renewed"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, memstore.New(nil))
			visitor, other := s.browser(t), s.browser(t)
			visitor.must("/put?key=a&value=1")
			other.Jar = visitor.Jar
			first := other.slow(s.held("/first"), "/first?do=login")
			second := visitor.slow(map[string]gate{"/held?do=login": s.held("/held"), "/renewed": s.heldRenewed("/renewed")}[path], path)
			for _, finish := range []func() (int, string){first, second} {
				status, token := finish()
				if got := s.stored(t, token); status != http.StatusOK || got["a"] != "1" || len(got) != 2 {
					t.Errorf("the sign-in: %d, and the session holds %v", status, got)
				}
			}
			if n := s.live(t); n != 2 {
				t.Errorf("%d sessions", n)
			}
		})
	}
}

func TestRenewalAgainstASlowPut(t *testing.T) {
	t.Parallel()
	s := newSite(t, memstore.New(nil))
	visitor, other := s.browser(t), s.browser(t)
	visitor.must("/put?key=a&value=1")
	other.Jar = visitor.Jar
	login := visitor.slow(s.held("/login/held"), "/login/held?do=login")
	put := other.slow(s.held("/put/held"), "/put/held")
	other.must("/put?key=early&value=1")
	_, token := login()
	if status, cookie := put(); status != http.StatusGone || cookie != "" {
		t.Errorf("the late request: %d, a cookie: %v", status, cookie != "")
	}
	if got := keys(s.stored(t, token)); !slices.Equal(got, []string{"/login/held", "a", "early"}) {
		t.Errorf("the session holds %v", got)
	}
}
