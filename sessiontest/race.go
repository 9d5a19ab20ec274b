package sessiontest

import (
	"context"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// Store is a [memstore.Store] in which requests can be made to race: see [Store.Race].
type Store struct {
	*memstore.Store
	mu   sync.Mutex
	race *race // nil: none is on
}

// NewStore returns an empty store.
func NewStore() *Store { return &Store{Store: memstore.New(nil)} }

// race is a gate that opens when all runners have come to it, or are done without.
type race struct {
	missing int
	opened  bool
	open    chan struct{}
}

// Race runs request n times at once, with 0 to n-1, and returns when all of them have returned. It forces the worst order: each
// has read the session, or is about to change it, before the first change is made. So a handler that reads, computes and sets
// loses all changes but one, and one whose changes say what is to be done loses none:
//
//	store.Race(10, func(int) { visit(client) })
//
// Each request is to make at least one call to the store, and one after the other; one that makes none does not hold up the others. One race
// is on at a time.
func (s *Store) Race(n int, request func(i int)) {
	r := &race{missing: n, open: make(chan struct{})}
	s.start(r)
	defer s.start(nil)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			defer s.come(r)
			request(i)
		})
	}
	group.Wait()
}

// start puts a race on, or ends it.
func (s *Store) start(r *race) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r != nil && s.race != nil {
		panic("sessiontest: a race is on already")
	}
	s.race = r
}

// come says that one more is at the gate, or needs it no more.
func (s *Store) come(r *race) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.missing--; r.missing == 0 && !r.opened {
		r.opened = true
		close(r.open)
	}
}

// wait waits for the gate to open. A context that ends first leaves the answer to the call.
func (s *Store) wait(ctx context.Context) {
	s.mu.Lock()
	r := s.race
	s.mu.Unlock()
	if r == nil {
		return
	}
	select {
	case <-r.open:
		return
	default:
	}
	s.come(r)
	select {
	case <-r.open:
	case <-ctx.Done():
		s.leave(r)
	}
}

// leave says that one is not at the gate any more: it comes again when its request is done.
func (s *Store) leave(r *race) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.missing++
}

// Load implements [driver.Store].
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	r, err := s.Store.Load(ctx, now, k)
	s.wait(ctx)
	return r, err
}

// Create implements [driver.Store].
func (s *Store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	s.wait(ctx)
	return s.Store.Create(ctx, v, r)
}

// Update implements [driver.Store].
func (s *Store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	s.wait(ctx)
	return s.Store.Update(ctx, now, k, u)
}

// Delete implements [driver.Store].
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	s.wait(ctx)
	return s.Store.Delete(ctx, now, k)
}

// DeleteMany implements [driver.Finder].
func (s *Store) DeleteMany(
	ctx context.Context, now time.Time, which driver.Selection, after driver.ID, limit int,
) (int, driver.ID, error) {
	s.wait(ctx)
	return s.Store.DeleteMany(ctx, now, which, after, limit)
}
