package atomicsession

import (
	"context"
	"errors"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/turn"
)

// ReplayAction is what [Options].OnReplay decides: what becomes of a session whose old secret has come back. Any other value is
// IgnoreReplay.
type ReplayAction int

const (
	// IgnoreReplay leaves the session alone. The request that brought the old secret has no session, as without the hook.
	IgnoreReplay ReplayAction = iota
	// EndSession ends the session, whoever has the new secret. So anybody who has kept the old one can sign the user out.
	EndSession
	// EndAllSessions ends all sessions of the session's user, in all realms. A session of nobody ends alone, and so does one whose
	// user's sessions the store cannot find; then [Options].OnError is told.
	EndAllSessions
)

// askReplay asks the application what to do if the secret of this request is an old one that has come back, and does it; false if it is not.
// A request that has seen its session alive has brought nothing back: it has lasted long.
func (s *Session) askReplay(ctx context.Context, store driver.Store) bool {
	if s.m.opts.OnReplay == nil || s.state != presented {
		return false
	}
	r, err := store.Load(ctx, s.m.now(), s.key())
	s.m.replayed(ctx, store, err, r.Meta)
	return errors.Is(err, ErrReplayed)
}

// replayed asks the application what to do if err says that an old secret of the session with the metadata has come back, and does it.
func (m *Manager) replayed(ctx context.Context, store driver.Store, err error, meta driver.Meta) {
	if m.opts.OnReplay == nil || !errors.Is(err, ErrReplayed) || meta.ID.IsZero() {
		return
	}
	action := m.opts.OnReplay(ctx, Info{ID: meta.ID, User: meta.User})
	longer, stop := turn.Outlast(ctx, m.opts.StoreTimeout)
	defer stop()
	if err = nil; action == EndAllSessions && meta.User != "" {
		if _, err = m.revokeUser(longer, driver.Selection{User: meta.User}); err == nil {
			return
		}
		if !storeFault(err) { // which nobody has been told of
			m.tell(ctx, err, meta.ID)
		}
	}
	if action == EndSession || action == EndAllSessions { // also if the others cannot be found
		err = longer.Step(func(ctx context.Context) error { return store.Delete(ctx, m.now(), driver.UserKey(meta.ID, meta.User)) })
	}
	if errors.Is(err, ErrNotFound) {
		return
	}
	m.report(ctx, wrapErr("replay", err), meta.ID)
}
