// Package memstore keeps sessions in the memory of one process: for tests, and for small programs whose sessions
// need not outlive them. It is the reference store: it applies [driver.Eval] to documents in a map.
package memstore

import (
	"container/heap"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Options configure a [Store]; the zero value is the default.
type Options struct {
	// MaxBytes bounds what all sessions take in memory; default 256 MiB. Beyond it, once expired sessions are gone, Create and
	// growing updates fail with [driver.ErrFull]: no session is evicted. What is counted is what the values take in this process, not
	// the length of their texts: a number in an array of its own kind takes 40 bytes. The count is right within half as much again,
	// either way. It knows nothing of what is only needed for a moment (an update has the old and the new value, and the garbage
	// collector gives back later, see GOGC). Texts are copied, so none keeps a longer one in memory that it was cut out of.
	MaxBytes int
}

const defaultMaxBytes = 256 << 20

// Store is a [driver.Store], [driver.UserIndex] and [driver.Sweeper]. It starts no goroutine; expired sessions leave
// when they are swept or when room is needed. It does not print.
type Store struct{ *table }

// table is behind a pointer, so that a Store by value is a Store that does not print either.
type table struct {
	maxBytes int

	mu      sync.RWMutex
	records map[driver.ID]*record
	users   map[string]map[driver.ID]*record
	expiry  expiryHeap
	bytes   int
}

type record struct {
	meta     driver.Meta
	verifier driver.Verifier
	previous driver.Verifier // until renewed; of no account if that is zero
	renewed  time.Time
	signedIn bool // by that renewal: Update.SignsIn
	data     driver.Doc
	size     int   // as limits measure it
	bytes    int   // what the record takes in memory, with its document
	turn     *turn // nil unless an update is worked out outside of the store's lock
	heapPos  int
}

var (
	_ driver.Store     = (*Store)(nil)
	_ driver.UserIndex = (*Store)(nil)
	_ driver.Sweeper   = (*Store)(nil)
)

// New returns an empty store. opts may be nil.
func New(opts *Options) *Store {
	s := &Store{&table{
		maxBytes: defaultMaxBytes,
		records:  make(map[driver.ID]*record),
		users:    make(map[string]map[driver.ID]*record),
	}}
	if opts != nil && opts.MaxBytes > 0 {
		s.maxBytes = opts.MaxBytes
	}
	return s
}

// Format implements [fmt.Formatter]: a store does not print its users.
func (s Store) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "memstore") }

// LogValue implements [slog.LogValuer]: the log shows a placeholder.
func (s Store) LogValue() slog.Value { return slog.StringValue("memstore") }

// Create implements [driver.Store].
func (s *Store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r = ownRecord(r)
	rec := &record{meta: r.Meta, verifier: v, data: r.Data, size: r.Data.Size(), bytes: overhead(r.Meta) + memory(r.Data)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records[r.ID] != nil {
		return driver.ErrExists
	}
	if !s.makeRoom(r.Created, rec.bytes) {
		return driver.ErrFull
	}
	s.records[r.ID] = rec
	s.bytes += rec.bytes
	s.index(rec)
	heap.Push(&s.expiry, rec)
	return nil
}

// Load implements [driver.Store].
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	if err := ctx.Err(); err != nil {
		return driver.Record{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	rec, err := s.find(now, k)
	if rec == nil {
		return driver.Record{}, err
	}
	return driver.Record{Meta: rec.meta, Data: rec.data}, err
}

// Delete implements [driver.Store].
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := s.records[k.ID]
	switch {
	case rec == nil || !rec.live(now):
		return driver.ErrNotFound
	case !rec.verifier.Equal(k.Verifier):
		return driver.ErrRenewed
	}
	s.remove(rec)
	return nil
}

// Sweep implements [driver.Sweeper].
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for n < limit && s.dropExpired(now) {
		n++
	}
	return n, nil
}

// find returns the record that the guard of [driver.Store] lets through, and with ErrRenewed one that Load may return all the same.
func (s *Store) find(now time.Time, k driver.Key) (*record, error) {
	rec := s.records[k.ID]
	switch {
	case rec == nil || !rec.live(now):
		return nil, driver.ErrNotFound
	case rec.verifier.Equal(k.Verifier):
		return rec, nil
	case rec.previous.Equal(k.Verifier) && now.Before(rec.renewed.Add(driver.RenewalWindow)):
		if !rec.signedIn {
			rec = nil
		}
		return rec, driver.ErrRenewed
	}
	return nil, driver.ErrNotFound
}

func (r *record) live(now time.Time) bool { return r.meta.Expires.After(now) }

func (s *Store) remove(rec *record) {
	delete(s.records, rec.meta.ID)
	s.unindex(rec.meta)
	heap.Remove(&s.expiry, rec.heapPos)
	s.bytes -= rec.bytes
}

// makeRoom drops expired sessions until n more bytes fit, and reports whether they do.
func (s *Store) makeRoom(now time.Time, n int) bool {
	for s.bytes+n > s.maxBytes {
		if !s.dropExpired(now) {
			return false
		}
	}
	return true
}

// dropExpired removes the session that expired first, if any has.
func (s *Store) dropExpired(now time.Time) bool {
	if len(s.expiry) == 0 || s.expiry[0].live(now) {
		return false
	}
	s.remove(s.expiry[0])
	return true
}
