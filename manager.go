package atomicsession

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Manager gives the requests of an application their sessions. Make one with [New], wrap the application's handler in
// [Manager.Middleware], and ask for the session of a request with [Manager.Get]. It is safe for concurrent use.
type Manager struct {
	opts    *Options // behind a pointer, which is all that fmt shows of it in a Manager by value
	origins *http.CrossOriginProtection
	store   atomic.Pointer[driver.Store]
	only    []string // what Options.LoadOnly names; nil: all

	unreadable unreadable
	clocks     sync.Once // the log was told that they differ
	plainHTTP  sync.Once // the log was told of it
	unwrapped  sync.Once // the log was told of a context that did not pass Middleware
	bypassed   sync.Once // the log was told of a response that was written past ours
}

// New returns a manager that keeps its sessions in store. A nil store can be given later, with [Manager.Attach]. Nil
// options are the defaults; options that contradict each other are an error. New does not call the store.
func New(store driver.Store, opts *Options) (*Manager, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("atomicsession: %w", err)
	}
	origins := http.NewCrossOriginProtection()
	for _, origin := range o.CSRF.TrustedOrigins {
		if err := origins.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("atomicsession: %w", err)
		}
	}
	m := &Manager{opts: &o, origins: origins}
	if o.LoadOnly != nil {
		if m.only, err = m.fieldsOf(o.LoadOnly); err != nil {
			return nil, fmt.Errorf("atomicsession: LoadOnly: %w", err)
		}
	}
	if store != nil {
		m.store.Store(&store)
	}
	return m, nil
}

// Attach gives a store to a manager that was made without one. Until then every call that needs the store fails with
// [ErrNoStore]. A second store is an error.
func (m *Manager) Attach(store driver.Store) error {
	if store == nil {
		return errors.New("atomicsession: Attach of a nil store")
	}
	if !m.store.CompareAndSwap(nil, &store) {
		return errors.New("atomicsession: a store is attached already")
	}
	return nil
}

// Get returns the session of the request that ctx belongs to. It does no I/O and never returns nil: outside the
// middleware it returns a session whose methods fail with [ErrNoMiddleware].
func (m *Manager) Get(ctx context.Context) *Session {
	if x := m.exchange(ctx); x != nil {
		return x.get()
	}
	return m.outside(ctx)
}

// Format implements [fmt.Formatter]: a manager does not print its signing keys.
func (m *Manager) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "session manager") }

// Ping asks the store for a session that does not exist, in one round trip, and returns an error if the store cannot answer.
func (m *Manager) Ping(ctx context.Context) error {
	return m.call(ctx, "ping", func(ctx context.Context, store driver.Store) error {
		_, err := store.Load(ctx, m.now(), driver.Key{ID: newID()})
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	})
}

// call runs f with the store's timeout.
func (m *Manager) call(ctx context.Context, op string, f func(context.Context, driver.Store) error) error {
	if err := ctx.Err(); err != nil {
		return &Error{op, err}
	}
	ctx, cancel := context.WithTimeout(ctx, m.opts.StoreTimeout)
	defer cancel()
	err := m.run(ctx, op, f)
	m.report(ctx, err, ID{})
	return err
}

// run gives f the store, and names the operation in what it returns.
func (m *Manager) run(ctx context.Context, op string, f func(context.Context, driver.Store) error) error {
	store := m.store.Load()
	if store == nil {
		return &Error{op, ErrNoStore}
	}
	return wrapErr(op, f(ctx, *store))
}

// report tells the hook and the log of an error that is the store's fault, and the log of which session, unless id is zero.
func (m *Manager) report(ctx context.Context, err error, id ID) {
	if err == nil || !storeFault(err) || errors.Is(err, context.Canceled) {
		return
	}
	m.tell(ctx, err, id)
}

// log returns the log. The program may have set another default since New.
func (m *Manager) log() *slog.Logger {
	if m.opts.Logger == nil {
		return slog.Default()
	}
	return m.opts.Logger
}

func (m *Manager) tell(ctx context.Context, err error, id ID) {
	attrs := []any{"id", id, "error", err}
	if id.IsZero() {
		attrs = attrs[2:]
	}
	m.log().ErrorContext(ctx, "session store failed", attrs...)
	if m.opts.OnError != nil {
		m.opts.OnError(ctx, err)
	}
}

func unsupported(store driver.Store, what string) error {
	return fmt.Errorf("%T cannot %s: %w", store, what, errors.ErrUnsupported)
}

// now returns the time in the resolution that stores keep.
func (m *Manager) now() time.Time { return m.opts.Now().UTC().Truncate(time.Millisecond) }
