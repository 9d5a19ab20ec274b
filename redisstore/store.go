package redisstore

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// Options configure a [Store]; the zero value is the default.
type Options struct {
	// Prefix begins every key; default "atomicsession:".
	Prefix string
	// Timeout bounds how long a call goes on trying while servers fail or are replaced, if its context does not end
	// earlier; default 5 s. A single try is bounded by the client: see [rueidis.ClientOption.ConnWriteTimeout].
	Timeout time.Duration
	// Replicas is how many replicas must have received a change before it is acknowledged; default 0. If they have not
	// within Timeout, the change returns [driver.ErrUnknownOutcome]. It takes a WAIT after each change.
	Replicas int
	// CacheTTL, if not 0, lets Load answer from this process's memory, without asking the server, what it has loaded before
	// (client-side caching). The price: what another process changes, a logout included, is seen as late as the server's notice of it
	// arrives, usually within a millisecond, and CacheTTL after the session was loaded at the latest, also if the connection hangs; a
	// connection that is lost takes with it what was cached over it. And memory: up to 128 MiB for each connection, of which there are
	// four to a server, one to each node of a Cluster. What this store itself has changed it sees at once, and updates, conditions and
	// deletions always ask the server. It is for sessions that are read much more often than changed: see docs/redis.md. A client
	// given to [New] must not have DisableCache, or every load asks the server; [Open] sees to that.
	CacheTTL time.Duration
	// Logger gets a warning from Open for each server that evicts keys when its memory is full (its maxmemory-policy is not
	// noeviction), at level Warn: see docs/redis.md. To find out, Open asks each server for INFO and, if that is refused, CONFIG GET,
	// for a second at most; a server that may not be asked is not warned of. New asks nothing. Default: slog.Default().
	Logger *slog.Logger
}

// Store is a [driver.Store], a [driver.FieldLoader] and, for the sessions of a user, a [driver.Finder]. It is safe for concurrent use, and
// no goroutine of its own outlives the call that it serves. Expired sessions are dropped by the server.
type Store struct {
	client   rueidis.Client
	owned    bool
	turns    retry.Turns
	closed   atomic.Bool
	sessions string // prefix of the keys of sessions
	users    string // and of the users' indexes
	timeout  time.Duration
	replicas int
	cacheTTL time.Duration
	own      ownWrites
	began    time.Time
	left     atomic.Int64 // when it left a connection last, after it began: see fault
}

var (
	_ driver.Store       = (*Store)(nil)
	_ driver.Finder      = (*Store)(nil)
	_ driver.FieldLoader = (*Store)(nil)
)

// New returns a store that uses the client, which stays the caller's to close. The client should be made with DisableRetry, since
// the store repeats what may be repeated, in a bounded time, and with AlwaysPipelining, or a call whose context is canceled may go
// on until its deadline while the server is silent. opts may be nil. The error is about an option that is not valid.
func New(client rueidis.Client, opts *Options) (*Store, error) {
	o := *cmp.Or(opts, &Options{})
	for i, n := range []int64{int64(o.Timeout), int64(o.Replicas), int64(o.CacheTTL)} {
		if n < 0 {
			return nil, fmt.Errorf("redisstore: %s: must not be negative", []string{"Timeout", "Replicas", "CacheTTL"}[i])
		}
	}
	prefix := cmp.Or(o.Prefix, "atomicsession:")
	return &Store{
		client:   client,
		sessions: prefix + "s:",
		users:    prefix + "u:",
		timeout:  cmp.Or(o.Timeout, 5*time.Second),
		replicas: o.Replicas,
		cacheTTL: o.CacheTTL,
		began:    time.Now(),
	}, nil
}

// Close ends the store, and closes the client if [Open] made it. Calls that are under way fail.
func (s *Store) Close() error {
	if !s.closed.Swap(true) && s.owned {
		s.client.Close()
	}
	return nil
}

// ready returns the error of a method that need not begin: its context has ended, or the store is closed.
func (s *Store) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.closed.Load() {
		return fmt.Errorf("%w: the store is closed", driver.ErrUnavailable)
	}
	return nil
}

func (s *Store) sessionKey(id driver.ID) string {
	key := make([]byte, 0, len(s.sessions)+22)
	key = append(key, s.sessions...)
	return rueidis.BinaryString(base64.RawURLEncoding.AppendEncode(key, id[:]))
}

func (s *Store) userKey(user string) string { return s.users + user }
