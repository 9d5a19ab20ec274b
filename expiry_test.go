package atomicsession_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

func TestRollingExpiry(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: time.Hour})
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	begun := firstInfo(t, b)
	if want := site.clock.now().Add(time.Hour); !begun.Expires.Equal(want) || !begun.Created.Equal(site.clock.now()) {
		t.Fatalf("begun as %+v", begun)
	}
	for _, use := range []call{update(atomicsession.Path("a").Inc(1)), touch, renew(), get("a")} {
		site.clock.advance(59 * time.Minute)
		if err := b.do(use); err != nil {
			t.Fatal(err)
		}
		if got, want := firstInfo(t, b).Expires, site.clock.now().Add(time.Hour); !got.Equal(want) {
			t.Errorf("expires at %v, want %v", got, want)
		}
	}
	b.wantDocument(`{"a":2}`)
	site.clock.advance(time.Hour - time.Millisecond)
	saved := b.clone()
	if err := saved.do(get("a")); err != nil { // the last moment, extended again
		t.Fatal(err)
	}
	site.clock.advance(time.Hour)
	if _, ok := b.info(); ok {
		t.Error("the session outlives its expiry")
	}
}

// An expired session is gone before it is swept: for reads, for changes, and for a request that saw it alive.
func TestExpired(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: time.Hour})
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	old := firstInfo(t, b)
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		if err := get("a")(ctx, s); err != nil {
			return err
		}
		site.clock.advance(time.Hour)
		return s.Update(ctx, atomicsession.Path("a").Set(2))
	})
	if !errors.Is(err, atomicsession.ErrNotFound) {
		t.Errorf("an update after the expiry: %v", err)
	}
	b.wantDocument(`{}`)
	b.must(atomicsession.Path("b").Set(2))
	if firstInfo(t, b).ID == old.ID {
		t.Error("the fresh session has the ID of the expired one")
	}
	if n, err := site.sessions.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("Sweep removed %d, %v", n, err)
	}
	b.wantDocument(`{"b":2}`)
}

func TestAbsoluteMaxAge(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: time.Hour, AbsoluteMaxAge: 3 * time.Hour})
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	end := site.clock.now().Add(3 * time.Hour)
	for range 5 {
		site.clock.advance(35 * time.Minute)
		if err := errors.Join(b.do(touch), b.do(renew()), b.do(get("a"))); err != nil {
			t.Fatal(err)
		}
	}
	if got := firstInfo(t, b).Expires; !got.Equal(end) {
		t.Errorf("expires at %v, want %v", got, end)
	}
	site.clock.advance(5 * time.Minute)
	if _, ok := b.info(); ok {
		t.Error("the session outlives the absolute limit")
	}
	b.must(atomicsession.Path("a").Set(2))
	site.clock.advance(50 * time.Minute)
	if err := b.do(renew(atomicsession.User("ann"))); err != nil { // who signs in gets all of it
		t.Fatal(err)
	}
	end = site.clock.now().Add(3 * time.Hour)
	for range 5 {
		site.clock.advance(35 * time.Minute)
		if err := errors.Join(b.do(touch), b.do(renew())); err != nil {
			t.Fatal(err)
		}
	}
	if got := firstInfo(t, b).Expires; !got.Equal(end) {
		t.Errorf("the session of a user expires at %v, want %v", got, end)
	}
	if err := b.do(reset()); err != nil { // a session of its own, with its own limit
		t.Fatal(err)
	}
	if got, want := firstInfo(t, b).Expires, site.clock.now().Add(time.Hour); !got.Equal(want) {
		t.Errorf("the next one expires at %v, want %v", got, want)
	}
}

func TestReadsExtendAtMostOncePerInterval(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: 24 * time.Hour, TouchInterval: 2 * time.Hour})
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	site.store.took()
	for _, step := range []struct {
		after time.Duration
		want  []string
	}{
		{0, []string{"load"}},
		{2*time.Hour - time.Millisecond, []string{"load"}},
		{time.Millisecond, []string{"load", "update"}},
		{time.Hour, []string{"load"}},
		{time.Hour, []string{"load", "update"}},
		{0, []string{"load"}},
	} {
		site.clock.advance(step.after)
		if err := b.do(get("a")); err != nil {
			t.Fatal(err)
		}
		wantCalls(t, site.store, step.want...)
	}
}

// A request whose clock is behind never moves an expiry back.
func TestSlowClockDoesNotShorten(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: time.Hour})
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	want := firstInfo(t, b)
	site.clock.advance(-30 * time.Minute)
	if err := errors.Join(b.do(touch), b.do(get("a")), b.do(renew())); err != nil {
		t.Fatal(err)
	}
	got := firstInfo(t, b)
	if !got.Expires.Equal(want.Expires) || !got.LastUsed.Equal(want.LastUsed) {
		t.Errorf("expires at %v and was used at %v, before that %v and %v", got.Expires, got.LastUsed, want.Expires, want.LastUsed)
	}
}

// That a session cannot be extended does not fail the read; that it ended in between makes it a visit without a session.
func TestReadThatCannotExtend(t *testing.T) {
	down := errors.New("down")
	var reported []error
	var mu sync.Mutex
	site := newSite(t, &atomicsession.Options{MaxAge: time.Hour, OnError: func(_ context.Context, err error) {
		mu.Lock()
		defer mu.Unlock()
		reported = append(reported, err)
	}})
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	site.clock.advance(30 * time.Minute)
	site.store.fail(down, "update")
	b.wantDocument(`{"a":1}`)
	if len(reported) != 1 || !errors.Is(reported[0], down) {
		t.Errorf("the hook got %v", reported)
	}
	site.store.fail(driver.ErrNotFound, "update")
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		v, ok, err := atomicsession.Path("a").Get(ctx, s)
		if v != nil || ok {
			t.Errorf("read %v, %v of a session that ended during the read", v, ok)
		}
		return errors.Join(err, s.Update(ctx, atomicsession.Path("b").Set(1))) // nothing was seen alive, so this may begin a session
	})
	if err != nil || len(reported) != 1 {
		t.Errorf("got %v; the hook got %v", err, reported)
	}
	site.store.before(nil)
	b.wantDocument(`{"b":1}`)
}

func TestSweep(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: time.Hour})
	const n = 1001 // more than one batch
	for range n {
		if err := request(t, site.sessions, "", update(atomicsession.Path("a").Set(1))); err != nil {
			t.Fatal(err)
		}
	}
	b := site.browser()
	site.clock.advance(time.Hour)
	b.must(atomicsession.Path("a").Set(1))
	if got, err := site.sessions.Sweep(t.Context()); got != n || err != nil {
		t.Errorf("Sweep removed %d, %v; want %d", got, err, n)
	}
	b.wantDocument(`{"a":1}`)
	bare := newManager(t, struct{ driver.Store }{site.store}, nil)
	if _, err := bare.Sweep(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Sweep of a store without: %v", err)
	}
	if err := bare.RunSweeper(t.Context(), time.Hour); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("RunSweeper of a store without: %v", err)
	}
}

func TestRunSweeper(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: time.Hour})
	for range 3 {
		if err := request(t, site.sessions, "", update(atomicsession.Path("a").Set(1))); err != nil {
			t.Fatal(err)
		}
	}
	site.clock.advance(time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- site.sessions.RunSweeper(ctx, time.Millisecond) }()
	if err := request(t, site.sessions, "", update(atomicsession.Path("a").Set(1))); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); site.store.swept.Load() < 3 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("RunSweeper returned %v", err)
	}
	wantRows(t, site.store, 1)
}
