package pgstore

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// database is the server that a [sql.DB] leads to.
type database struct {
	*sql.DB
	patience time.Duration // with a pool that gives no connection
	driver   atomic.Int32  // what is known of it
}

// What is known of a driver.
const (
	driverUnknown int32 = iota
	driverOther
	driverPgx
	driverPgxPrepares
)

func newDatabase(db *sql.DB, timeout time.Duration) *database {
	return &database{DB: db, patience: max(timeout, defaultTimeout)}
}

func (d *database) prepares() bool { return d.driver.Load() == driverPgxPrepares }

// use never has database/sql run a statement again by itself, which it does where a driver says that the connection was bad: lib/pq
// says so of one that ended before the reply, too.
func (d *database) use(ctx context.Context, f func(c conn) (drop bool)) error {
	c, err := d.acquire(ctx)
	if err != nil {
		return err
	}
	isPgx := false
	_ = c.Raw(func(raw any) error { // the error is the function's
		p, ok := raw.(interface{ Conn() *pgx.Conn })
		if isPgx = ok; !ok {
			d.driver.CompareAndSwap(driverUnknown, driverOther)
			return nil
		}
		inner := p.Conn()
		if d.driver.Load() == driverUnknown {
			d.learn(inner.Config())
		}
		useConn(ctx, inner, f)
		if inner.IsClosed() || inner.PgConn().TxStatus() != 'I' {
			return sqldriver.ErrBadConn
		}
		return nil
	})
	if isPgx {
		_ = c.Close() // it goes back to the pool
		return nil
	}
	other := otherConn{Conn: c}
	other.close(f(&other))
	return nil
}

func (d *database) learn(c *pgx.ConnConfig) {
	if prepares(c) {
		d.driver.Store(driverPgxPrepares)
	} else {
		d.driver.Store(driverPgx)
	}
}

// acquire returns a connection. The application shares them, and may hold all while it waits for a session: so there is an end to waiting
// even where the context has none.
func (d *database) acquire(ctx context.Context) (c *sql.Conn, err error) {
	within, cancel := context.WithTimeout(ctx, d.patience)
	defer cancel()
	if d.driver.Load() >= driverPgx {
		c, err = d.Conn(within)
	} else {
		var made <-chan struct{}
		var late *sql.Conn
		c, made, err = leaving(within, func() (*sql.Conn, error) {
			var err error
			late, err = d.Conn(within)
			return late, err
		})
		if made != nil {
			go func() {
				if <-made; late != nil {
					_ = late.Close() // it goes to the pool, or is gone
				}
			}()
		}
	}
	if err == nil {
		return c, nil
	}
	if within.Err() != nil {
		if stat := d.Stats(); stat.MaxOpenConnections > 0 && stat.InUse >= stat.MaxOpenConnections {
			err = errInUse(stat.MaxOpenConnections)
		} else if ctx.Err() == nil {
			err = errors.New("the server took too long to be connected to")
		}
	}
	return nil, explainConnect(err)
}

// leaving calls f and returns what it does. If the context ends before, it returns the context's error, and a channel that is closed when f
// has returned: lib/pq waits for the server whatever the context says.
func leaving[T any](ctx context.Context, f func() (T, error)) (value T, left <-chan struct{}, err error) {
	done := make(chan struct{})
	var result T
	var failed error
	go func() {
		defer close(done)
		result, failed = f()
	}()
	select {
	case <-done:
		return result, nil, failed
	case <-ctx.Done():
		return value, done, ctx.Err()
	}
}
