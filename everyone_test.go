package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

func TestSessions(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: time.Hour})
	m := site.sessions
	for i := range 3 { // which will have expired
		newTokenOf(t, m, atomicsession.User(fmt.Sprint("old", i)))
	}
	site.clock.advance(time.Hour)
	const users = 700
	for i := range users {
		newTokenOf(t, m, atomicsession.User(fmt.Sprint(i)))
	}
	newTokenOf(t, m, atomicsession.Path("a").Set(1))
	site.store.took()
	seen := map[string]int{}
	var last atomicsession.ID
	for info, err := range m.Sessions(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if info.ID.Compare(last) <= 0 {
			t.Fatal("out of order")
		}
		last = info.ID
		seen[info.User]++
	}
	wantCalls(t, site.store, "list", "list")
	if len(seen) != users+1 || seen[""] != 1 || seen["699"] != 1 {
		t.Errorf("seen sessions of %d users", len(seen))
	}
	for _, err := range m.Sessions(t.Context()) { // who stops early asks for no more
		if err != nil {
			t.Error(err)
		}
		break
	}
	wantCalls(t, site.store, "list")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := 0
	for _, err := range m.Sessions(ctx) {
		if n++; !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want Canceled", err)
		}
	}
	if n != 1 {
		t.Errorf("%d errors, want 1", n)
	}
	bare := newManager(t, struct{ driver.Store }{site.store}, nil)
	for _, err := range bare.Sessions(t.Context()) {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("without the ability: %v", err)
		}
	}
}

func TestRevokeBefore(t *testing.T) {
	site := newSite(t, nil)
	m := site.sessions
	signedIn := func(user string) *browser {
		b := site.browser()
		if err := b.do(renew(atomicsession.User(user), atomicsession.Path("a").Set(1))); err != nil {
			t.Fatal(err)
		}
		return b
	}
	live := func(b *browser) bool {
		_, ok := b.info()
		return ok
	}
	old, again, bob := signedIn("ann"), signedIn("ann"), signedIn("bob")
	visitor := site.browser()
	visitor.must(atomicsession.Path("a").Set(1))
	site.clock.advance(time.Minute)
	moment := site.clock.now()
	if err := again.do(renew(atomicsession.AuthenticatedBy("pwd"))); err != nil {
		t.Fatal(err)
	}
	fresh := signedIn("ann")
	old.must(atomicsession.Path("a").Inc(1)) // a use is no sign-in

	for range 2 {
		want := map[bool]int{true: 1, false: 0}[live(old)]
		if n, err := m.RevokeBefore(t.Context(), "ann", moment); n != want || err != nil {
			t.Errorf("%d ended, %v; want %d", n, err, want)
		}
	}
	if live(old) || !live(again) || !live(fresh) || !live(bob) || !live(visitor) {
		t.Errorf("ann's: %v (want false), %v, %v; bob's %v, nobody's %v", live(old), live(again), live(fresh), live(bob), live(visitor))
	}
	if n, err := m.RevokeBefore(t.Context(), "", moment); n != 0 || err == nil {
		t.Errorf("of nobody in particular: %d, %v", n, err)
	}
	if n, err := m.RevokeEveryone(t.Context(), moment); n != 2 || err != nil {
		t.Errorf("of everyone: %d ended, %v; want 2", n, err)
	}
	if !live(again) || !live(fresh) || live(bob) || live(visitor) {
		t.Errorf("ann's: %v, %v; bob's %v, nobody's %v (want false)", live(again), live(fresh), live(bob), live(visitor))
	}
}

// The zero time is before everything, and so ends nothing.
func TestRevokeBeforeTheZeroTime(t *testing.T) {
	site := newSite(t, nil)
	newTokenOf(t, site.sessions, atomicsession.User("ann"))
	n, err := site.sessions.RevokeBefore(t.Context(), "ann", time.Time{})
	all, allErr := site.sessions.RevokeEveryone(t.Context(), time.Time{})
	if n != 0 || all != 0 || err == nil || allErr == nil {
		t.Errorf("%d and %d ended, %v, %v", n, all, err, allErr)
	}
}
