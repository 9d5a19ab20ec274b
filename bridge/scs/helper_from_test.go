package scsbridge_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	scsmemstore "github.com/alexedwards/scs/v2/memstore"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/memstore"
)

// former is the store that an application had with scs alone; the next call of "find" and of "delete" meets what the test says.
type former struct {
	*scsmemstore.MemStore
	faults
	finds, deletes atomic.Int64
}

func newFormer() *former { return &former{MemStore: scsmemstore.NewWithCleanupInterval(0)} }

func (s *former) Find(token string) (bytes []byte, found bool, err error) {
	s.finds.Add(1)
	err = s.run("find", func() (err error) { bytes, found, err = s.MemStore.Find(token); return err })
	return bytes, found, err
}

func (s *former) Delete(token string) error {
	s.deletes.Add(1)
	return s.run("delete", func() error { return s.MemStore.Delete(token) })
}

// copies returns what the store holds.
func (s *former) copies(t *testing.T) map[string][]byte {
	t.Helper()
	all, err := s.All()
	check(t, err)
	return all
}

// withContext is a former store of the kind that takes contexts.
type withContext struct{ *former }

func (s withContext) Find(string) ([]byte, bool, error) { panic("without a context") }
func (s withContext) Delete(string) error               { panic("without a context") }

func (s withContext) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	return s.former.Find(token)
}

func (s withContext) DeleteCtx(ctx context.Context, token string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.former.Delete(token)
}

func (s withContext) CommitCtx(_ context.Context, token string, bytes []byte, expiry time.Time) error {
	return s.Commit(token, bytes, expiry)
}

// moving is an application that has just got its bridge.
type moving struct {
	*scs.SessionManager
	before *scs.SessionManager // as it was
	from   *former
	store  *failing
	bridge *scsbridge.Bridge
	ahead  time.Duration // of the clock, by which the sessions of the bridge expire
}

func newMoving(t *testing.T, opts scsbridge.Options) *moving {
	t.Helper()
	m := &moving{SessionManager: scs.New(), before: scs.New(), from: newFormer(), store: &failing{Store: memstore.New(nil)}}
	m.before.Store, m.Store = m.from, m.from
	opts.From = withContext{m.from}
	opts.Now = func() time.Time { return time.Now().Add(m.ahead) }
	m.bridge = scsbridge.Use(m.SessionManager, m.store, &opts)
	return m
}

// old stores a session as it was done before and returns its token.
func (m *moving) old(t *testing.T) string {
	t.Helper()
	return begin(t, m.before, map[string]any{"user": 7})
}

// lives reports whether a token is of a session.
func (m *moving) lives(t *testing.T, token string) bool {
	t.Helper()
	_, err := m.store.Sweep(t.Context(), time.Now().Add(m.ahead), 1000) // else what has expired may keep an ID
	check(t, err)
	_, found, err := m.bridge.Find(token)
	check(t, err)
	return found
}

// gone fails if a token is of a session, now or when what was ended is forgotten.
func (m *moving) gone(t *testing.T, token string) {
	t.Helper()
	for range 3 {
		if m.lives(t, token) {
			t.Errorf("%v later the session is back", m.ahead)
		}
		m.ahead += 45 * time.Second
	}
	m.ahead = 0
}
