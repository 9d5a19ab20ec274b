package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// First requests at the same time meet in one session, and no change is lost. Each browser that is told so has its cookie.
func TestImportAtOnce(t *testing.T) {
	const requests = 30
	for range 20 {
		a := newMoved(t, atomicsession.Options{})
		var wg sync.WaitGroup
		jars := make([]jar, requests)
		for i := range requests {
			jars[i] = a.visitor("1")
			wg.Go(func() {
				must(t, a.visit(jars[i], func(ctx context.Context, s *atomicsession.Session) error { return s.Update(ctx, importedTea.Inc(1)) }))
			})
		}
		wg.Wait()
		for i, j := range jars {
			a.wantUser(j, "ann")
			must(t, a.visit(j, func(ctx context.Context, s *atomicsession.Session) error {
				tea, _, err := importedTea.Get(ctx, s)
				if tea != 2+requests {
					t.Errorf("request %d: tea %d, want %d", i, tea, 2+requests)
				}
				return err
			}))
		}
		wantRows(t, a.store, 2) // the session and its claim
	}
}

// A server is killed between two steps of an import: the visitor's next request, to another one, has the session.
func TestImportCutOff(t *testing.T) {
	for step := range 7 {
		for _, effect := range []bool{false, true} {
			a := newMoved(t, atomicsession.Options{})
			calls := 0
			a.store.before(func(_ context.Context, call string) error {
				calls++
				switch {
				case calls <= step:
					return nil
				case calls == step+1 && effect && call == "create":
					a.store.mu.Lock()
					a.store.lost = call
					a.store.mu.Unlock()
					return nil
				}
				return driver.ErrUnavailable
			})
			ann := a.visitor("1")
			never, _ := a.begin(ann, func(ctx context.Context, s *atomicsession.Session) error { return s.Update(ctx, importedTea.Inc(1)) })
			if calls <= step {
				never() // it was not cut off
				if ann["old"] != "" {
					t.Errorf("step %d: not imported", step)
				}
			}
			other := &moved{t: t, old: a.old, store: a.store, clock: a.clock, sessions: newManagerWithUser(a)}
			a.store.before(nil)
			a.clock.advance(3 * time.Second)
			other.wantUser(ann, "ann")
			a.clock.advance(time.Minute)
			other.wantUser(ann, "ann")
			other.wantUser(other.visitor("1"), "-")
			if n := a.sessionsStored(); n != 1 {
				t.Errorf("step %d: %d sessions, a minute later", step, n)
			}
			if a.old.annLives() {
				t.Errorf("step %d: the old session lives on", step)
			}
		}
	}
}

// newManagerWithUser returns another server's manager of the same application.
func newManagerWithUser(a *moved) *atomicsession.Manager {
	return newManager(a.t, a.store, &atomicsession.Options{Now: a.clock.now, Import: &atomicsession.Import{
		From: a.old, Key: importKey,
		User: func(old atomicsession.OldSession) string { user, _ := old.Values["user"].(string); return user },
	}})
}

// What becomes of the session while another request imports it: whichever step it comes between, no session comes back.
func TestImportAgainstAnEnd(t *testing.T) {
	for _, call := range []string{"load", "create"} {
		for skip := range 4 {
			a := newMoved(t, atomicsession.Options{})
			a.old.stateless = true
			other := newManagerWithUser(a)
			faster := &moved{t: t, old: a.old, store: a.store, clock: a.clock, sessions: other}
			calls, busy := 0, false
			a.store.before(func(_ context.Context, name string) error {
				if name != call || busy {
					return nil
				}
				if calls++; calls != skip+1 {
					return nil
				}
				busy = true
				ann := faster.visitor("1")
				must(t, faster.visit(ann, func(ctx context.Context, s *atomicsession.Session) error {
					return s.Update(ctx, importedLang.Set("da"))
				}))
				must(t, faster.visit(ann, func(ctx context.Context, s *atomicsession.Session) error { return s.Destroy(ctx) }))
				return nil
			})
			slow := a.visitor("1")
			err := a.visit(slow, func(ctx context.Context, s *atomicsession.Session) error { _, err := s.User(ctx); return err })
			if err != nil && !errors.Is(err, atomicsession.ErrNotFound) {
				t.Errorf("%s %d: %v", call, skip, err)
			}
			a.store.before(nil)
			if busy {
				a.wantUser(slow, "-")
				a.wantUser(a.visitor("1"), "-")
				if n := a.sessionsStored(); n != 0 {
					t.Errorf("%s %d: %d sessions live", call, skip, n)
				}
			}
		}
	}
}

// A response of before does not take the cookie of a sign-in away when it is slow, and a request of before that comes during a sign-in
// finds that out.
func TestImportAgainstASignIn(t *testing.T) {
	a := newMoved(t, atomicsession.Options{})
	guest := a.visitor("2")
	a.wantUser(guest, "")
	late := a.visitor("2")
	arrive, err := a.begin(late, func(ctx context.Context, s *atomicsession.Session) error {
		_, err := s.Exists(ctx)
		must(t, a.visit(guest, func(ctx context.Context, s *atomicsession.Session) error { return s.SignIn(ctx, "ann") }))
		a.clock.advance(6 * time.Second)
		return err
	})
	must(t, err)
	before := fmt.Sprint(guest)
	arrive()
	if late["__Host-session"] != "" {
		t.Errorf("a slow response has set %v", late)
	}
	if before != fmt.Sprint(guest) {
		t.Error("the jar changed")
	}
	a.wantUser(guest, "ann")
	err = a.visit(a.visitor("2"), func(ctx context.Context, s *atomicsession.Session) error {
		return s.Update(ctx, importedLang.Set("fr"))
	})
	if !errors.Is(err, atomicsession.ErrRenewed) {
		t.Errorf("an update with the old cookie after a sign-in: %v, want ErrRenewed", err)
	}
}

// Replies of the store that get lost lose nobody's session.
func TestImportLostReplies(t *testing.T) {
	for _, which := range []int{1, 2} {
		a := newMoved(t, atomicsession.Options{})
		creates := 0
		a.store.before(func(_ context.Context, call string) error {
			if call == "create" {
				if creates++; creates == which {
					a.store.loseReply("create")
				}
			}
			return nil
		})
		ann := a.visitor("1")
		_ = a.visit(ann, func(ctx context.Context, s *atomicsession.Session) error { return s.Update(ctx, importedTea.Inc(1)) })
		a.wantUser(ann, "ann")
		wantRows(t, a.store, 2)
	}
}
