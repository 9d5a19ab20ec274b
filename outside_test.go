package atomicsession_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

var (
	heldRole = atomicsession.NewKey[string]("role")
	notices  = atomicsession.NewList[string]("notices")
)

func TestUpdateSession(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: time.Hour})
	ann, bob, nobody := site.browser(), site.browser(), site.browser()
	if err := errors.Join(ann.do(renew(atomicsession.User("ann"), heldRole.Set("admin"))), bob.do(renew(atomicsession.User("bob")))); err != nil {
		t.Fatal(err)
	}
	nobody.must(heldRole.Set("none"))
	before := firstInfo(t, ann)
	site.clock.advance(time.Minute)
	site.store.took()
	m, ctx := site.sessions, t.Context()
	if err := m.UpdateSession(ctx, "ann", before.ID, heldRole.Unset(), notices.Push("hello"), atomicsession.Label("laptop")); err != nil {
		t.Fatal(err)
	}
	wantCalls(t, site.store, "update")
	ann.wantDocument(`{"notices":["hello"]}`)
	if after := firstInfo(t, ann); after.LastUsed != before.LastUsed || after.Expires != before.Expires || after.Label != "laptop" ||
		after.Authenticated != before.Authenticated {
		t.Errorf("the session was %+v and is %+v", before, after)
	}

	set := heldRole.Set("changed")
	for name, c := range map[string]struct {
		user string
		id   atomicsession.ID
		do   atomicsession.Change
		want error
	}{
		"another user's":       {"ann", firstInfo(t, bob).ID, set, atomicsession.ErrNotFound},
		"nobody's":             {"ann", firstInfo(t, nobody).ID, set, atomicsession.ErrNotFound},
		"of an unknown user":   {"eve", before.ID, set, atomicsession.ErrNotFound},
		"an unknown one":       {"ann", atomicsession.ID{1}, set, atomicsession.ErrNotFound},
		"a condition":          {"ann", before.ID, atomicsession.If(heldRole.Eq("x")), atomicsession.ErrCondition},
		"an old sign-in":       {"ann", before.ID, atomicsession.If(atomicsession.SignedInWithin(time.Second)), atomicsession.ErrReauthenticate},
		"a type":               {"ann", before.ID, atomicsession.Path("notices").Inc(1), atomicsession.ErrType},
		"User":                 {"ann", before.ID, atomicsession.User("eve"), atomicsession.ErrSignIn},
		"unbinding":            {"ann", before.ID, atomicsession.User(""), atomicsession.ErrSignIn},
		"Persistent":           {"ann", before.ID, atomicsession.Persistent(true), atomicsession.ErrSignIn},
		"Lifetime":             {"ann", before.ID, atomicsession.Lifetime(time.Hour), atomicsession.ErrSignIn},
		"AuthenticatedBy":      {"ann", before.ID, atomicsession.AuthenticatedBy("pwd"), atomicsession.ErrSignIn},
		"a path that is none":  {"ann", before.ID, atomicsession.Path("$x").Set(1), atomicsession.ErrPath},
		"a label that is long": {"ann", before.ID, atomicsession.Label(strings.Repeat("x", 257)), atomicsession.ErrValue},
	} {
		if err := m.UpdateSession(ctx, c.user, c.id, c.do); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if n, err := m.UpdateUser(ctx, "ann", atomicsession.User("")); n != 0 || !errors.Is(err, atomicsession.ErrSignIn) {
		t.Errorf("UpdateUser with User: %d, %v", n, err)
	}
	bob.wantDocument(`{}`)
	nobody.wantDocument(`{"role":"none"}`)

	if err := ann.do(destroy); err != nil {
		t.Fatal(err)
	}
	if err := m.UpdateSession(ctx, "ann", before.ID, set); !errors.Is(err, atomicsession.ErrNotFound) {
		t.Errorf("after the sign-out: %v, want ErrNotFound", err)
	}
	ann.wantDocument(`{}`)
}

func TestUpdateUser(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: time.Hour})
	m, ctx := site.sessions, t.Context()
	const devices = 230
	for i := range devices {
		changes := []atomicsession.Change{atomicsession.User("ann"), atomicsession.Path("n").Set(i)}
		if i%2 == 0 {
			changes = append(changes, heldRole.Set("admin"))
		}
		newTokenOf(t, m, changes...)
	}
	bob := site.browser()
	if err := bob.do(renew(atomicsession.User("bob"), heldRole.Set("admin"))); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		changes []atomicsession.Change
		want    int
		err     error
	}{
		{[]atomicsession.Change{notices.Push("hello")}, devices, nil},
		{[]atomicsession.Change{atomicsession.If(heldRole.Eq("admin")), heldRole.Unset()}, devices / 2, nil},
		{[]atomicsession.Change{atomicsession.If(heldRole.Exists()), heldRole.Unset()}, 0, nil},
		{[]atomicsession.Change{atomicsession.If(atomicsession.Path("n").Lt(10)), atomicsession.Path("n").Set("text")}, 10, nil},
		{[]atomicsession.Change{atomicsession.Path("n").Inc(1)}, devices - 10, atomicsession.ErrType}, // for some; the others are changed
	} {
		n, err := m.UpdateUser(ctx, "ann", c.changes...)
		if n != c.want || !errors.Is(err, c.err) {
			t.Errorf("%d changed, %v; want %d, %v", n, err, c.want, c.err)
		}
		if e, ok := errors.AsType[*atomicsession.Error](err); err != nil && (!ok || e.Error() != err.Error() || strings.Contains(err.Error(), "\n")) {
			t.Errorf("the error is %T %q, not one *Error of one line", err, err)
		}
	}
	bob.wantDocument(`{"role":"admin"}`)
	if n, err := m.UpdateUser(ctx, "eve", notices.Push("hello")); n != 0 || err != nil {
		t.Errorf("of who has none: %d, %v", n, err)
	}
	list, err := m.UserSessions(ctx, "ann")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := m.SessionDocument(ctx, "ann", list[0].ID)
	if err != nil || !slices.Contains(strings.Split(doc.Text(), `"`), "hello") {
		t.Errorf("a session holds %s, %v", doc.Text(), err)
	}
}

// newTokenOf is newToken for a session that holds the changes alone.
func newTokenOf(t *testing.T, m *atomicsession.Manager, changes ...atomicsession.Change) {
	t.Helper()
	if err := request(t, m, "", renew(changes...)); err != nil {
		t.Fatal(err)
	}
}

func TestReadSession(t *testing.T) {
	site := newSite(t, &atomicsession.Options{MaxAge: time.Hour})
	m, ctx := site.sessions, t.Context()
	ann := site.browser()
	if err := ann.do(renew(atomicsession.User("ann"), heldRole.Set("admin"), atomicsession.Label("laptop"), atomicsession.AuthenticatedBy("pwd"))); err != nil {
		t.Fatal(err)
	}
	want := firstInfo(t, ann)
	want.Current = false
	site.clock.advance(50 * time.Minute)
	site.store.took()
	name, other := "", "default"
	info, err := m.ReadSession(ctx, "ann", want.ID, heldRole.Into(&name), atomicsession.NewKey[string]("other").Into(&other))
	if err != nil || name != "admin" || other != "default" || fmt.Sprint(info) != fmt.Sprint(want) {
		t.Errorf("read %q and %q of %+v, %v", name, other, info, err)
	}
	wantCalls(t, site.store, "load")
	var number int
	if _, err := m.ReadSession(ctx, "ann", want.ID, atomicsession.NewKey[int]("role").Into(&number)); !errors.Is(err, atomicsession.ErrType) {
		t.Errorf("a text as a number: %v", err)
	}
	if _, err := m.ReadSession(ctx, "ann", want.ID, atomicsession.NewKey[int]("a..b").Into(&number)); !errors.Is(err, atomicsession.ErrPath) {
		t.Errorf("a path that is none: %v", err)
	}
	for user, id := range map[string]atomicsession.ID{"bob": want.ID, "ann": {1}} {
		if _, err := m.ReadSession(ctx, user, id); !errors.Is(err, atomicsession.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", user, err)
		}
	}
	site.clock.advance(20 * time.Minute) // reading has not extended it
	if _, err := m.SessionDocument(ctx, "ann", want.ID); !errors.Is(err, atomicsession.ErrNotFound) {
		t.Errorf("after its end: %v, want ErrNotFound", err)
	}
}

// Updates from outside, the visitor's own and a revocation at once: none of what is acknowledged is lost, and nobody comes back.
func TestUpdateUserRace(t *testing.T) {
	site := newSite(t, nil)
	m, ctx := site.sessions, t.Context()
	n := atomicsession.NewCounter("n")
	const writers, rounds = 8, 50
	kept, ended := site.browser(), site.browser()
	for _, b := range []*browser{kept, ended} {
		if err := b.do(renew(atomicsession.User("ann"))); err != nil {
			t.Fatal(err)
		}
	}
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			for range rounds {
				if i%2 == 0 {
					if got, err := m.UpdateUser(ctx, "ann", n.Inc(1)); err != nil || got == 0 {
						t.Errorf("%d changed, %v", got, err)
					}
				} else if err := request(t, m, kept.token(), update(n.Inc(1))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Go(func() {
		if err := m.Revoke(ctx, "ann", firstInfo(t, ended).ID); err != nil {
			t.Error(err)
		}
	})
	group.Wait()
	kept.wantDocument(fmt.Sprintf(`{"n":%d}`, writers*rounds))
	ended.wantDocument(`{}`)
}
