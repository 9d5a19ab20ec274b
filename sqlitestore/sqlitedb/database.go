package sqlitedb

import (
	"context"
	"database/sql"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

// database is the application's, as a [tables.Database].
type database struct {
	db      *sql.DB
	timeout time.Duration
	turn    chan struct{} // is full while a change is made: only one of this store waits for SQLite's lock, which is no queue
}

func newDatabase(db *sql.DB, timeout time.Duration) *database {
	return &database{db, timeout, make(chan struct{}, 1)}
}

// Read implements [tables.Database].
func (d *database) Read(ctx context.Context, f func(tables.Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := newWait(ctx, d.timeout)
	defer w.cancel()
	return w.repeat(func() error {
		c, err := d.conn(w)
		if err != nil {
			return err
		}
		defer c.Close()
		w.waitsFor(errSlow)
		return f(c)
	})
}

// Write implements [tables.Database]. Once the transaction has begun its outcome is awaited, whatever becomes of ctx.
func (d *database) Write(ctx context.Context, f func(tables.Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := newWait(ctx, d.timeout)
	defer w.cancel()
	w.waitsFor(errTurn)
	select {
	case d.turn <- struct{}{}:
	case <-w.ctx.Done():
		return w.explain(failure{w.ctx.Err()})
	}
	defer func() { <-d.turn }()
	return w.repeat(func() error { return d.transaction(w, f) })
}

// conn returns a connection of the pool.
func (d *database) conn(w *wait) (*conn, error) {
	w.waitsFor(errPool)
	c, err := d.db.Conn(w.ctx)
	if err != nil {
		return nil, failure{err}
	}
	return &conn{Conn: c, ctx: w.ctx}, nil
}

// transaction calls f in a transaction, which is over when it returns. The connection goes back to the pool without one.
func (d *database) transaction(w *wait, f func(tables.Conn) error) (err error) {
	c, err := d.conn(w)
	if err != nil {
		return err
	}
	defer c.Close()
	w.waitsFor(errLocked)
	err = c.Run("BEGIN IMMEDIATE")
	c.ctx = context.WithoutCancel(w.ctx)
	if err != nil {
		if w.ctx.Err() != nil { // it may have begun all the same
			c.rollback()
		}
		return err
	}
	ended := false
	defer func() {
		if !ended {
			c.rollback()
		}
	}()
	if err := f(c); err != nil {
		return err
	}
	ended = true
	return d.commit(c, w)
}

// leastCommit is how long a commit may always take: where a driver says of one that takes longer that its context ended (modernc's), and not
// whether it was done, a slow disk must not be the reason.
const leastCommit = time.Second

// commit tries again while readers hold a lock, as they do without a write-ahead log: the transaction goes on meanwhile. It has a time of
// its own, which SQLite's waiting ends with.
func (d *database) commit(c *conn, w *wait) error {
	var cancel context.CancelFunc
	unbounded := c.ctx
	c.ctx, cancel = context.WithTimeout(unbounded, max(d.timeout, leastCommit))
	defer cancel()
	for {
		err := c.Run("COMMIT")
		if err == nil {
			return nil
		}
		code, _ := resultCode(err)
		isLocked, late := tables.Locked(code), c.ctx.Err() != nil
		if isLocked && !late && w.patience.Again(w.ctx, err) {
			continue
		}
		c.ctx = unbounded
		switch wasOpen := c.rollback(); {
		case isLocked, late && wasOpen: // it was not made
			return err
		case late:
			return retry.Shown(driver.ErrUnknownOutcome, errSlow.Error(), err)
		}
		return retry.Shown(tables.CommitMeans(code, err.Error()), err.Error(), err)
	}
}
