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

	// When a connection of another driver than pgx's was used last, and when one was found to have ended, in nanoseconds.
	used, ended atomic.Int64
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

// maxEnded is how many connections that have ended use passes by.
const maxEnded = 1000

// use never has database/sql run a statement again by itself, which it does where a driver says that the connection was bad: lib/pq
// says so of one that ended before the reply, too.
func (d *database) use(ctx context.Context, f func(c conn) (drop bool)) error {
	for range maxEnded {
		c, err := d.acquire(ctx)
		if err != nil {
			return err
		}
		if isPgx, err := d.usePgx(ctx, c, f); isPgx {
			return err
		}
		if d.useOther(ctx, c, f) {
			return nil
		}
	}
	return explainConnect(errors.New("the connections end before they are used"))
}

// usePgx does nothing and reports false if the connection is not one of pgx's driver.
func (d *database) usePgx(ctx context.Context, c *sql.Conn, f func(c conn) (drop bool)) (isPgx bool, err error) {
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
		err = useConn(ctx, inner, f)
		if inner.IsClosed() || inner.PgConn().TxStatus() != 'I' {
			return sqldriver.ErrBadConn
		}
		return nil
	})
	if isPgx {
		_ = c.Close() // it goes back to the pool, unless it was bad
	}
	return isPgx, err
}

// useOther does nothing and reports false if the connection had ended before: pgx asks for that by itself where one was idle.
func (d *database) useOther(ctx context.Context, c *sql.Conn, f func(c conn) (drop bool)) (lived bool) {
	other, drop := otherConn{Conn: c}, true
	defer func() {
		if other.ended {
			d.ended.Store(time.Now().UnixNano())
		}
		other.close(drop)
	}()
	if d.doubtful() && !other.lives(ctx) && ctx.Err() == nil {
		return false
	}
	drop = f(&other)
	return true
}

// doubtful reports whether connections may have ended without anybody's notice: none was used for a second, or one has lately been found to
// have ended.
func (d *database) doubtful() bool {
	now := time.Now().UnixNano()
	return time.Duration(now-d.used.Swap(now)) > time.Second || time.Duration(now-d.ended.Load()) < 5*time.Second
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
