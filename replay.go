package atomicsession

import (
	"context"
	"errors"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/turn"
)

// ReplayAction is what becomes of a session of which an old secret has come back: see [Options].OnReplay.
type ReplayAction int

const (
	// IgnoreReplay leaves the session alone. The request that brought the old secret has none, as without the hook.
	IgnoreReplay ReplayAction = iota
	// EndSession ends the session for everybody, whoever has which secret.
	EndSession
	// EndAllSessions ends all sessions of its user; of nobody's session just that one.
	EndAllSessions
)

// replayed asks the application what to do if err says that an old secret of the session with the metadata has come back, and does it.
func (m *Manager) replayed(ctx context.Context, store driver.Store, err error, meta driver.Meta) {
	if m.opts.OnReplay == nil || !errors.Is(err, ErrReplayed) || meta.ID.IsZero() {
		return
	}
	action := m.opts.OnReplay(ctx, Info{ID: meta.ID, User: meta.User})
	longer, stop := turn.Outlast(ctx, m.opts.StoreTimeout)
	defer stop()
	err = nil
	switch {
	case action == EndAllSessions && meta.User != "":
		_, err = m.revokeUser(longer, driver.Selection{User: meta.User})
	case action == EndSession || action == EndAllSessions:
		err = longer.Step(func(ctx context.Context) error { return store.Delete(ctx, m.now(), driver.UserKey(meta.ID, meta.User)) })
	}
	if errors.Is(err, ErrNotFound) {
		return
	}
	m.report(ctx, wrapErr("replay", err), meta.ID)
}
