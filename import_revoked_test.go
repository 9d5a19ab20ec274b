package atomicsession_test

import (
	"context"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// A claim outlives the session, however that has ended.
func TestImportEnds(t *testing.T) {
	ctx := context.Background()
	ends := map[string]func(a *moved, ann jar){
		"destroy": func(a *moved, ann jar) {
			must(t, a.visit(ann, func(ctx context.Context, s *atomicsession.Session) error { return s.Destroy(ctx) }))
		},
		"reset": func(a *moved, ann jar) {
			must(t, a.visit(ann, func(ctx context.Context, s *atomicsession.Session) error { return s.Reset(ctx) }))
		},
		"revoke": func(a *moved, _ jar) {
			list, err := a.sessions.UserSessions(ctx, "ann")
			must(t, err)
			must(t, a.sessions.Revoke(ctx, "ann", list[0].ID))
		},
		"revoke all": func(a *moved, _ jar) {
			_, err := a.sessions.RevokeAll(ctx, "ann")
			must(t, err)
		},
		"revoke everyone": func(a *moved, _ jar) {
			_, err := a.sessions.RevokeEveryone(ctx, a.clock.now().Add(time.Hour))
			must(t, err)
		},
		"sign in": func(a *moved, ann jar) {
			must(t, a.visit(ann, func(ctx context.Context, s *atomicsession.Session) error { return s.SignIn(ctx, "ann") }))
			a.wantUser(ann, "ann")
		},
		"without the manager": func(a *moved, _ jar) {
			list, err := a.sessions.UserSessions(ctx, "ann")
			must(t, err)
			must(t, a.store.Store.Delete(ctx, a.clock.now(), driver.UserKey(list[0].ID, "ann")))
		},
	}
	for name, end := range ends {
		for _, stateless := range []bool{false, true} {
			a := newMoved(t, atomicsession.Options{})
			a.old.stateless = stateless
			ann := a.visitor("1")
			a.wantUser(ann, "ann")
			end(a, ann)
			for range 3 {
				if got := a.user(a.visitor("1")); got != "-" {
					t.Errorf("%s: the old cookie names a session of %q", name, got)
				}
				a.clock.advance(8 * time.Hour)
			}
		}
	}
}

// What has been revoked before it was imported is not imported.
func TestImportRevoked(t *testing.T) {
	ctx := context.Background()
	revocations := map[string]func(m *atomicsession.Manager) error{
		"all": func(m *atomicsession.Manager) error { _, err := m.RevokeAll(ctx, "ann"); return err },
		"before": func(m *atomicsession.Manager) error {
			_, err := m.RevokeBefore(ctx, "ann", time.Unix(1, 0))
			return err
		},
		"everyone": func(m *atomicsession.Manager) error { _, err := m.RevokeEveryone(ctx, time.Unix(1, 0)); return err },
	}
	for name, revoke := range revocations {
		a := newMoved(t, atomicsession.Options{})
		must(t, revoke(a.sessions))
		must(t, revoke(a.sessions))
		if got := a.user(a.visitor("1")); got != "-" {
			t.Errorf("%s: imported for %q", name, got)
		}
		if a.old.annLives() {
			t.Errorf("%s: the old session lives on", name)
		}
		want := ""
		if name == "everyone" {
			want = "-"
		}
		if got := a.user(a.visitor("2")); got != want {
			t.Errorf("%s: somebody else has a session of %q, want %q", name, got, want)
		}
	}

	// While the import is under way.
	a := newMoved(t, atomicsession.Options{})
	a.store.meanwhile = func(context.Context) {
		_, err := newManagerLike(a).RevokeAll(ctx, "ann")
		must(t, err)
	}
	a.store.left("create")
	a.wantUser(a.visitor("1"), "-")
	a.wantUser(a.visitor("1"), "-")
	if n := a.sessionsStored(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

// newManagerLike returns another server's manager of the same application, past the steps of the store.
func newManagerLike(a *moved) *atomicsession.Manager {
	return newManager(a.t, a.store.Store, &atomicsession.Options{
		Now: a.clock.now, Import: &atomicsession.Import{From: a.old, Key: importKey},
	})
}
