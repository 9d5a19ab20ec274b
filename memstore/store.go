package memstore

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// Options configure a [Store]; the zero value is the default.
type Options struct {
	// MaxBytes bounds what all sessions take in memory; 0 is 256 MiB, a negative number no room for any session. Beyond it, once
	// expired sessions are gone, Create and growing updates fail with [driver.ErrFull]: no session is evicted. What is counted is
	// what the values take in this process, not the length of their texts: a number in an array of its own kind takes 40 bytes.
	// The count is right within half as much again, either way. It knows nothing of what is only needed for a moment (an update
	// has the old and the new value, and the garbage collector gives back later, see GOGC). Texts are copied, so none keeps a
	// longer one in memory that it was cut out of.
	MaxBytes int
}

const defaultMaxBytes = 256 << 20

// Store is a [driver.Store], [driver.Finder] and [driver.Sweeper]. It starts no goroutine; expired sessions leave
// when they are swept or when room is needed. It does not print.
type Store struct{ *table }

// table is behind a pointer, so that a Store by value is a Store that does not print either.
type table struct {
	maxBytes int
	turns    retry.Turns

	mu      sync.RWMutex
	records map[driver.ID]*record
	users   map[string]map[driver.ID]*record
	expiry  expiryHeap
	bytes   int
}

var (
	_ driver.Store   = (*Store)(nil)
	_ driver.Finder  = (*Store)(nil)
	_ driver.Sweeper = (*Store)(nil)
)

// New returns an empty store. opts may be nil.
func New(opts *Options) *Store {
	return &Store{&table{
		maxBytes: cmp.Or(cmp.Or(opts, &Options{}).MaxBytes, defaultMaxBytes),
		records:  make(map[driver.ID]*record),
		users:    make(map[string]map[driver.ID]*record),
	}}
}

// Format implements [fmt.Formatter]: a store does not print its users.
func (s Store) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "memstore") }

// LogValue implements [slog.LogValuer]: the log shows a placeholder.
func (s Store) LogValue() slog.Value { return slog.StringValue("memstore") }
