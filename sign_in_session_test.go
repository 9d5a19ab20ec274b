package atomicsession_test

import (
	"context"
	"errors"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// Whoever signs in keeps what they have put into the session as nobody or as themselves, and gets nothing of anybody else.
func TestSignIn(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	signIn := func(user string, calls ...string) {
		t.Helper()
		site.store.took()
		must(t, b.do(func(ctx context.Context, s *atomicsession.Session) error { return s.SignIn(ctx, user, name.Set(user)) }))
		wantCalls(t, site.store, calls...)
		if info, ok := b.info(); !ok || info.User != user || info.Authenticated.IsZero() {
			t.Errorf("signed in is %+v", info)
		}
	}
	signIn("ann", "create") // without a cookie there is nothing to load
	b = site.browser()
	b.must(visits.Set(3))
	before := b.token()
	signIn("ann", "load", "update")
	b.wantDocument(`{"name":"ann","visits":3}`)
	if b.token() == before {
		t.Error("the secret is that of before")
	}
	ofAnn := b.clone()
	signIn("ann", "load", "update")
	b.wantDocument(`{"name":"ann","visits":3}`)
	signIn("bob", "load", "create", "update") // the update ends the other one
	b.wantDocument(`{"name":"bob"}`)
	if infos, err := site.sessions.UserSessions(t.Context(), "ann"); err != nil || len(infos) != 1 {
		t.Errorf("ann has %d sessions, %v", len(infos), err)
	}
	ofAnn.wantDocument(`{}`)
	for want, changes := range map[error][]atomicsession.Change{
		atomicsession.ErrConflict: {atomicsession.User("ann")}, atomicsession.ErrValue: {atomicsession.If(visits.Eq(0)), visits.Inc(1)},
	} {
		err := b.do(func(ctx context.Context, s *atomicsession.Session) error { return s.SignIn(ctx, "cal", changes...) })
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	if err := b.do(func(ctx context.Context, s *atomicsession.Session) error { return s.SignIn(ctx, "") }); err == nil {
		t.Error("nobody signs in")
	}
	b.wantDocument(`{"name":"bob"}`)
}
