package stores

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

var count = atomicsession.NewCounter("count")

// check proves that the sessions of an application are carried over.
func check(t *testing.T, open func(*testing.T) *application) {
	t.Parallel()
	old := open(t)
	t.Run("everything", func(t *testing.T) { checkEverything(t, old) })
	t.Run("old cookie", func(t *testing.T) { checkOldCookie(t, old) })
	t.Run("logout", func(t *testing.T) { checkLogout(t, old) })
	t.Run("revoked", func(t *testing.T) { checkRevoked(t, old) })
	if !old.racy {
		t.Run("at once", func(t *testing.T) { checkAtOnce(t, old) })
	}
	if old.kept == nil {
		return
	}
	for name, damage := range old.kept.damages {
		t.Run(name, func(t *testing.T) { checkUnreadable(t, old, damage) })
	}
	if old.kept.setDown != nil {
		t.Run("down", func(t *testing.T) { checkDown(t, old) })
	}
}

// checkEverything: what the session holds and says of itself.
func checkEverything(t *testing.T, old *application) {
	s, jar, before := newSite(t, old), old.signIn(t), old.stored()
	deadline := time.Now().Add(old.lifetime)
	s.wantStatus(jar, "the first page", http.StatusOK, func(ctx context.Context, session *atomicsession.Session) error {
		err := errors.Join(
			want(ctx, session, "user", "ann"), want(ctx, session, "count", 3), want(ctx, session, "id", int64(1)<<60),
			want(ctx, session, "price", 9.5), want(ctx, session, "active", true), want(ctx, session, "seen", seen),
			want(ctx, session, "blob", []byte{0, 1, 255}), want(ctx, session, "tags", []string{"a", "b"}),
			want(ctx, session, "cart", values()["cart"].(cart)),
		)
		doc, docErr := session.Document(ctx)
		if len(values()) != doc.Len() {
			t.Errorf("the session is %s", doc.Text())
		}
		recent := session.Update(ctx, atomicsession.If(atomicsession.SignedInWithin(time.Hour)), count.Inc(1))
		if !errors.Is(recent, atomicsession.ErrReauthenticate) {
			t.Errorf("what asks for a sign-in ends with %v, want %v", recent, atomicsession.ErrReauthenticate)
		}
		return errors.Join(err, docErr)
	})
	if old.cookieIn(jar) != "" {
		t.Error("the browser still has the old cookie")
	}
	if after := old.stored(); old.kept != nil && after != before-1 {
		t.Errorf("of %d old sessions there are %d, want one less", before, after)
	}
	info := s.info(jar)
	if info.User != "ann" || !info.Authenticated.IsZero() {
		t.Errorf("the session is of %q, authenticated %v; want ann's, and not authenticated", info.User, info.Authenticated)
	}

	idle := old.idle
	if idle == 0 {
		idle = 14 * 24 * time.Hour
	}
	wantTime(t, "end", info.Expires, earlier(info.LastUsed.Add(idle), deadline))
	s.ahead.Store(int64(min(idle, old.lifetime) * 9 / 10))
	s.wantStatus(jar, "a later update", http.StatusOK, add)
	wantTime(t, "end after a use shortly before it", s.info(jar).Expires, deadline)
}

// checkOldCookie: it is the browser's that had it for ten seconds, and then nobody's.
func checkOldCookie(t *testing.T, old *application) {
	s, jar := newSite(t, old), old.signIn(t)
	thief, late := old.copyJar(t, jar), old.copyJar(t, jar)
	s.wantUser(jar, "the visitor", "ann")
	s.wantUser(thief, "a request that was sent before the answer", "ann")
	s.ahead.Store(int64(driver.RenewalWindow + time.Second))
	s.wantUser(late, "whoever has kept the old cookie", "")
	if old.cookieIn(late) != "" {
		t.Error("the browser keeps an old cookie that is good for nothing")
	}
	s.wantUser(jar, "the visitor, later,", "ann")
}

// checkLogout: nothing brings back a session that was ended.
func checkLogout(t *testing.T, old *application) {
	s, jar := newSite(t, old), old.signIn(t)
	first, second, third := old.copyJar(t, jar), old.copyJar(t, jar), old.copyJar(t, jar)
	restore := func() {}
	if old.kept != nil {
		restore = old.kept.dump()
	}
	s.wantUser(jar, "the visitor", "ann")
	s.wantStatus(jar, "the logout", http.StatusOK, func(ctx context.Context, session *atomicsession.Session) error { return session.Destroy(ctx) })
	s.wantUser(jar, "the visitor, logged out,", "")
	s.wantUser(first, "whoever has kept the old cookie", "")
	restore()
	s.wantUser(second, "with the old store restored, whoever has kept the old cookie", "")
	s.ahead.Store(int64(old.lifetime / 2))
	restore()
	s.wantUser(third, "much later, whoever has kept the old cookie", "")
}

// checkRevoked: what was revoked before it was carried over is not.
func checkRevoked(t *testing.T, old *application) {
	s, jar := newSite(t, old), old.signIn(t)
	if _, err := s.sessions.RevokeAll(t.Context(), "ann"); err != nil {
		t.Fatal(err)
	}
	before := old.stored()
	s.wantUser(jar, "a visitor whose sessions were revoked", "")
	if after := old.stored(); old.kept != nil && after != before-1 {
		t.Errorf("of %d old sessions there are %d, want one less", before, after)
	}
}

// checkAtOnce: the first requests come together.
func checkAtOnce(t *testing.T, old *application) {
	const requests = 6
	s, jar := newSite(t, old), old.signIn(t)
	var all sync.WaitGroup
	var jars []http.CookieJar // one for each, since the cookies of the answers are not the same
	for range requests {
		own := old.copyJar(t, jar)
		jars = append(jars, own)
		all.Go(func() { s.wantStatus(own, "an update", http.StatusOK, add) })
	}
	all.Wait()
	for _, own := range jars {
		s.wantStatus(own, "a read", http.StatusOK, func(ctx context.Context, session *atomicsession.Session) error {
			return want(ctx, session, "count", 3+requests)
		})
	}
}

// checkUnreadable: a session that cannot be read stays for a program that can.
func checkUnreadable(t *testing.T, old *application, damage func()) {
	s, jar := newSite(t, old), old.signIn(t)
	restore := old.kept.dump()
	damage()
	before := old.stored()
	s.wantUser(jar, "the visitor of an unreadable session", "")
	if old.cookieIn(jar) == "" {
		t.Error("the browser has lost the old cookie")
	}
	if after := old.stored(); after != before {
		t.Errorf("of %d unreadable sessions there are %d", before, after)
	}
	restore()
	s.wantUser(jar, "the visitor of a session that can be read again", "ann")
}

// checkDown: nobody is signed out because the store could not be reached.
func checkDown(t *testing.T, old *application) {
	s, jar := newSite(t, old), old.signIn(t)
	old.kept.setDown(true)
	read := func(ctx context.Context, session *atomicsession.Session) error {
		return want(ctx, session, "user", "ann")
	}
	s.wantStatus(jar, "a page without the store", http.StatusServiceUnavailable, read)
	if old.cookieIn(jar) == "" {
		t.Error("the browser has lost the old cookie")
	}
	old.kept.setDown(false)
	// A client may keep broken connections, or wait before it dials again.
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end) && s.visit(jar, read) == http.StatusServiceUnavailable; {
	}
	s.wantStatus(jar, "a page with the store", http.StatusOK, read)
}

func add(ctx context.Context, session *atomicsession.Session) error {
	return session.Update(ctx, count.Inc(1))
}

// want returns an error unless the key of the path, of this type, reads the value.
func want[T any](ctx context.Context, session *atomicsession.Session, path string, value T) error {
	got, ok, err := atomicsession.NewKey[T](path).Get(ctx, session)
	if err == nil && (!ok || !reflect.DeepEqual(got, value)) {
		err = fmt.Errorf("%s is %v (%v), want %v", path, got, ok, value)
	}
	return err
}

// wantTime allows for the seconds that cookies count, and for those that the test has taken.
func wantTime(t *testing.T, what string, got, want time.Time) {
	t.Helper()
	if d := got.Sub(want).Abs(); d > 5*time.Second {
		t.Errorf("the session's %s is %v, want %v", what, got, want)
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
