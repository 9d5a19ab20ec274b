package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// signedIn returns browsers of one user, the later ones used later.
func signedIn(t *testing.T, site *site, user string, n int) []*browser {
	t.Helper()
	devices := make([]*browser, n)
	for i := range devices {
		devices[i] = site.browser()
		if err := devices[i].do(renew(atomicsession.User(user))); err != nil {
			t.Fatal(err)
		}
		site.clock.advance(time.Second)
	}
	return devices
}

func userOf(t *testing.T, b *browser) string {
	t.Helper()
	info, _ := b.info()
	return info.User
}

func TestLabel(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Label("Firefox")) // nothing to begin a session for
	if _, ok := b.info(); ok {
		t.Error("a label began a session")
	}
	err := errors.Join(
		b.do(renew(atomicsession.User("ann"), atomicsession.Label("Firefox"))),
		b.update(atomicsession.Path("a").Set(1)),
	)
	list, listErr := site.sessions.UserSessions(t.Context(), "ann")
	if err != nil || listErr != nil || len(list) != 1 || list[0].Label != "Firefox" {
		t.Errorf("listed %+v, %v, %v", list, err, listErr)
	}
	b.must(atomicsession.Label("Firefox in Paris"))
	if got := firstInfo(t, b).Label; got != "Firefox in Paris" {
		t.Errorf("the label is %q", got)
	}
	if err := b.update(atomicsession.Label(strings.Repeat("x", 257))); !errors.Is(err, atomicsession.ErrValue) {
		t.Errorf("a long label: %v", err)
	}
}

func TestUserSessions(t *testing.T) {
	site := newSite(t, nil)
	ann := signedIn(t, site, "ann", 3)
	signedIn(t, site, "bob", 1)
	site.browser().must(atomicsession.Path("a").Set(1))
	var list []atomicsession.Info
	err := ann[1].do(func(ctx context.Context, s *atomicsession.Session) (err error) {
		list, err = site.sessions.UserSessions(ctx, "ann")
		return err
	})
	if err != nil || len(list) != 3 {
		t.Fatalf("listed %v, %v", list, err)
	}
	for i, got := range list {
		want := firstInfo(t, ann[2-i]) // the last used first
		want.Current = i == 1
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d is %+v, want %+v", i, got, want)
		}
	}
	list, err = site.sessions.UserSessions(t.Context(), "ann") // outside of a request none is current
	if err != nil || len(list) != 3 || slices.ContainsFunc(list, func(i atomicsession.Info) bool { return i.Current }) {
		t.Errorf("listed %+v, %v", list, err)
	}
	if list, err := site.sessions.UserSessions(t.Context(), "nobody"); len(list) > 0 || err != nil {
		t.Errorf("listed %v, %v", list, err)
	}
	site.clock.advance(14 * day)
	if list, err := site.sessions.UserSessions(t.Context(), "ann"); len(list) > 0 || err != nil {
		t.Errorf("listed the expired %v, %v", list, err)
	}
}

// A list in which no session is the current one would have it revoked with the others.
func TestUserSessionsCannotTellWhichIsCurrent(t *testing.T) {
	site := newSite(t, nil)
	ann := signedIn(t, site, "ann", 2)
	site.store.fail(driver.ErrUnavailable, "load")
	err := ann[0].do(func(ctx context.Context, _ *atomicsession.Session) error {
		list, err := site.sessions.UserSessions(ctx, "ann")
		if list != nil {
			t.Errorf("listed %+v", list)
		}
		return err
	})
	if !errors.Is(err, atomicsession.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestUserSessionsOfManyPages(t *testing.T) {
	site := newSite(t, nil)
	for i, n := range []int{250, 800} {
		for range n {
			if err := request(t, site.sessions, "", renew(atomicsession.User("robot"))); err != nil {
				t.Fatal(err)
			}
		}
		list, err := site.sessions.UserSessions(t.Context(), "robot")
		if want := []int{250, 1000}[i]; len(list) != want || err != nil {
			t.Errorf("listed %d, %v; want %d", len(list), err, want)
		}
		slices.SortFunc(list, func(a, b atomicsession.Info) int { return a.ID.Compare(b.ID) })
		if n := len(slices.CompactFunc(list, func(a, b atomicsession.Info) bool { return a.ID == b.ID })); n != len(list) {
			t.Errorf("listed %d twice", len(list)-n)
		}
	}
}

func TestRevoke(t *testing.T) {
	site := newSite(t, nil)
	ann, bob := signedIn(t, site, "ann", 2), signedIn(t, site, "bob", 1)
	id := firstInfo(t, ann[0]).ID
	if err := site.sessions.Revoke(t.Context(), "bob", id); !errors.Is(err, atomicsession.ErrNotFound) {
		t.Errorf("bob revoked ann's session: %v", err)
	}
	parsed, err := atomicsession.ParseID(id.String())
	if err != nil || parsed != id {
		t.Fatalf("the ID %v is read as %v, %v", id, parsed, err)
	}
	err = ann[0].do(func(ctx context.Context, s *atomicsession.Session) error {
		if err := get("a")(ctx, s); err != nil {
			return err
		}
		if err := site.sessions.Revoke(ctx, "ann", parsed); err != nil {
			t.Error(err)
		}
		return s.Update(ctx, atomicsession.Path("a").Set(1)) // under way when it was revoked
	})
	if !errors.Is(err, atomicsession.ErrNotFound) {
		t.Errorf("an update of a revoked session: %v", err)
	}
	if err := site.sessions.Revoke(t.Context(), "ann", id); !errors.Is(err, atomicsession.ErrNotFound) {
		t.Errorf("revoked twice: %v", err)
	}
	if userOf(t, ann[0]) != "" || userOf(t, ann[1]) != "ann" || userOf(t, bob[0]) != "bob" {
		t.Error("the wrong sessions live")
	}
}

func TestRevokeOthers(t *testing.T) {
	site := newSite(t, nil)
	ann, bob := signedIn(t, site, "ann", 4), signedIn(t, site, "bob", 1)
	err := ann[2].do(func(ctx context.Context, s *atomicsession.Session) error {
		n, err := s.RevokeOthers(ctx)
		if n != 3 {
			t.Errorf("revoked %d", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for i, b := range ann {
		if got := userOf(t, b) == "ann"; got != (i == 2) {
			t.Errorf("device %d is signed in: %v", i, got)
		}
	}
	if userOf(t, bob[0]) != "bob" {
		t.Error("bob is signed out")
	}
	stranger := site.browser()
	for range 2 {
		err := stranger.do(func(ctx context.Context, s *atomicsession.Session) error { _, err := s.RevokeOthers(ctx); return err })
		if err == nil || atomicsession.StatusCode(err) != http.StatusInternalServerError {
			t.Errorf("a visitor without a user revoked: %v", err)
		}
		stranger.must(atomicsession.Path("a").Set(1))
	}
}

func TestRevokeAll(t *testing.T) {
	site := newSite(t, nil)
	ann, bob := signedIn(t, site, "ann", 3), signedIn(t, site, "bob", 1)
	if n, err := site.sessions.RevokeAll(t.Context(), "ann"); n != 3 || err != nil {
		t.Errorf("revoked %d, %v", n, err)
	}
	if n, err := site.sessions.RevokeAll(t.Context(), "ann"); n != 0 || err != nil {
		t.Errorf("then revoked %d, %v", n, err)
	}
	for _, b := range ann {
		if userOf(t, b) != "" {
			t.Error("a device is still signed in")
		}
	}
	if userOf(t, bob[0]) != "bob" {
		t.Error("bob is signed out")
	}
}

func TestUserErrors(t *testing.T) {
	sink := new(sink)
	site := newSite(t, sink.options())
	bare := newManager(t, struct{ driver.Store }{site.store}, sink.options())
	for name, c := range map[string]struct {
		m    *atomicsession.Manager
		user string
		want int
		is   error
	}{
		"store without the ability": {bare, "ann", 500, errors.ErrUnsupported},
		"no user":                   {site.sessions, "", 500, nil},
		"user not UTF-8":            {site.sessions, "\xff", 400, atomicsession.ErrValue},
		"user with NUL":             {site.sessions, "a\x00", 400, atomicsession.ErrValue},
		"user too long":             {site.sessions, strings.Repeat("a", 257), 400, atomicsession.ErrValue},
	} {
		_, listErr := c.m.UserSessions(t.Context(), c.user)
		_, allErr := c.m.RevokeAll(t.Context(), c.user)
		_, beforeErr := c.m.RevokeBefore(t.Context(), c.user, time.Now())
		_, updateErr := c.m.UpdateUser(t.Context(), c.user, atomicsession.Path("a").Set(1))
		calls := map[string]error{"UserSessions": listErr, "RevokeAll": allErr, "RevokeBefore": beforeErr, "UpdateUser": updateErr}
		if c.m != bare { // one session can be found without an index
			calls["Revoke"] = c.m.Revoke(t.Context(), c.user, atomicsession.ID{1})
			calls["UpdateSession"] = c.m.UpdateSession(t.Context(), c.user, atomicsession.ID{1}, atomicsession.Path("a").Set(1))
			_, calls["ReadSession"] = c.m.ReadSession(t.Context(), c.user, atomicsession.ID{1})
			_, calls["SessionDocument"] = c.m.SessionDocument(t.Context(), c.user, atomicsession.ID{1})
		}
		for call, err := range calls {
			if err == nil || atomicsession.StatusCode(err) != c.want || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%s: %s: %v", name, call, err)
			}
		}
	}
	if len(sink.errs) > 0 {
		t.Errorf("reported as the store's faults: %v", sink.errs)
	}
}
