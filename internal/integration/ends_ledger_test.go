package integration

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// indexed is a store that finds sessions by user.
type indexed interface {
	driver.Store
	driver.Finder
}

// ledger knows the key of every session that it has stored, and so can tell what is left.
type ledger struct {
	indexed
	mu   sync.Mutex
	keys map[driver.ID]driver.Verifier
}

func newLedger(store indexed) *ledger {
	return &ledger{indexed: store, keys: make(map[driver.ID]driver.Verifier)}
}

func (l *ledger) note(id driver.ID, v driver.Verifier) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys[id] = v
}

func (l *ledger) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	l.note(r.ID, v)
	return l.indexed.Create(ctx, v, r)
}

func (l *ledger) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := l.indexed.Update(ctx, now, k, u)
	if err == nil && u.Renew != nil {
		l.note(k.ID, *u.Renew)
	}
	return res, err
}

// Sweep passes the ability on, if there is one.
func (l *ledger) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	if s, ok := l.indexed.(driver.Sweeper); ok {
		return s.Sweep(ctx, now, limit)
	}
	return 0, errors.ErrUnsupported
}

// live returns what there is of the sessions that live.
func (l *ledger) live(t *testing.T, now time.Time) map[driver.ID]string {
	t.Helper()
	l.mu.Lock()
	keys := maps.Clone(l.keys)
	l.mu.Unlock()
	texts := make(map[driver.ID]string)
	for id, v := range keys {
		r, err := l.Load(t.Context(), now, driver.Key{ID: id, Verifier: v})
		switch {
		case err == nil:
			texts[id] = fmt.Sprint(r.User, r.Expires, r.Deadline, r.Data.Text())
		case !errors.Is(err, driver.ErrNotFound):
			t.Error(err)
		}
	}
	return texts
}
