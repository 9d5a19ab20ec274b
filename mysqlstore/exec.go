package mysqlstore

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// conn is a connection of the pool. Its statements are texts without arguments, each one message to the server. Its errors are the
// driver's.
type conn struct {
	*sql.Conn
	open    bool // whether a transaction may be open that somebody has to end
	spoiled bool // whether it must not go back to the pool
}

func (c *conn) exec(ctx context.Context, query string) error {
	_, err := c.affected(ctx, query)
	return err
}

// affected is exec for a DELETE, whose number of rows no setting of a connection changes.
func (c *conn) affected(ctx context.Context, query string) (int64, error) {
	if err := c.checkSize(ctx, query); err != nil {
		return 0, err
	}
	res, err := c.ExecContext(ctx, query)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// each runs a statement, and calls f with each row.
func (c *conn) each(ctx context.Context, query string, f func(*sql.Rows) error) error {
	if err := c.checkSize(ctx, query); err != nil {
		return err
	}
	rows, err := c.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		switch err := f(rows); {
		case errors.Is(err, driver.ErrCorrupt):
			return err
		case err != nil:
			return driver.Corrupt(foreignRow)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return rows.Close()
}

// largeQuery is how long a statement is that the server may refuse for its length: by closing the connection, mostly, without a word.
const largeQuery = 1 << 20

// checkSize asks the server before it is sent one.
func (c *conn) checkSize(ctx context.Context, query string) error {
	if len(query) < largeQuery {
		return nil
	}
	most := 0
	err := c.each(ctx, "SELECT @@max_allowed_packet", func(rows *sql.Rows) error { return rows.Scan(&most) })
	if err == nil && len(query) >= most {
		err = fmt.Errorf("%w: %s", driver.ErrTooLarge, largePacket)
	}
	return err
}

// call calls a procedure once, which commits and answers with one row. An error that matches
// [driver.ErrUnknownOutcome] says that it may have been executed, any other that it was not.
func (s *Store) call(ctx context.Context, query string, dest ...any) error {
	return s.with(ctx, func(c *conn) error {
		c.open = true
		answered := false
		err := c.each(ctx, query, func(rows *sql.Rows) error {
			answered = true
			return rows.Scan(dest...)
		})
		switch {
		case errors.Is(err, driver.ErrCorrupt) || err == nil && !answered:
			return retry.Lost(errAnswer)
		case err != nil:
			return explainEnd(err)
		}
		c.open = false
		return nil
	})
}

// errAnswer: a procedure of this version does not answer like that.
var errAnswer = errors.New("unexpected answer of the server")

// inTx calls f in a transaction once, and commits it unless f returns an error. Errors are as of call.
func (s *Store) inTx(ctx context.Context, f func(tx *conn) error) error {
	return s.with(ctx, func(c *conn) error {
		c.open = true
		err := c.begin(ctx)
		if err == nil {
			err = f(c)
		}
		if err != nil { // whatever became of it, it is not committed
			return explainUncommitted(err)
		}
		if err := c.exec(ctx, "COMMIT AND NO CHAIN NO RELEASE"); err != nil {
			return explainEnd(err)
		}
		c.open = false
		return nil
	})
}

// rollback ends a transaction, if there is one.
const rollback = "ROLLBACK AND NO CHAIN NO RELEASE"

// begin begins a transaction. It fails if one is open.
func (c *conn) begin(ctx context.Context) error {
	if err := c.exec(ctx, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"); err != nil {
		return err
	}
	return c.exec(ctx, "START TRANSACTION")
}

// alone is a condition of a DELETE that finds nothing unless it is a transaction of its own, and takes the fields of sessions along. MySQL
// cannot say whether a transaction was left open, and takes that part for a comment.
const alone = " AND @@autocommit AND @@foreign_key_checks/*M! AND NOT @@in_transaction */"

// cascade has the DELETEs of the transaction take the fields of sessions along, if those of the connection do not.
func (c *conn) cascade(ctx context.Context) error {
	cascades := false
	err := c.each(ctx, "SELECT @@foreign_key_checks", func(rows *sql.Rows) error { return rows.Scan(&cascades) })
	if err == nil && !cascades {
		c.spoiled = true // by the setting
		err = c.exec(ctx, "SET SESSION foreign_key_checks = 1")
	}
	return err
}

// removeOnce runs a DELETE once, and returns how many rows it has deleted: as it is, with alone, or in a transaction. Errors are as
// of call.
func (s *Store) removeOnce(ctx context.Context, isAlone bool, query func(condition code) string) (n int64, err error) {
	if !isAlone {
		err = s.inTx(ctx, func(tx *conn) (err error) {
			if err := tx.cascade(ctx); err != nil {
				return err
			}
			n, err = tx.affected(ctx, query(""))
			return err
		})
		return n, err
	}
	err = s.with(ctx, func(c *conn) (err error) {
		if n, err = c.affected(ctx, query(alone)); err != nil {
			err = explainAlone(err)
		}
		return err
	})
	return n, err
}

// remove runs a DELETE, which may be executed twice, until it is known to have been executed, and returns how many rows it has deleted.
func (s *Store) remove(ctx context.Context, query func(condition code) string) (n int64, err error) {
	for _, isAlone := range []bool{true, false} {
		err = s.repeat(ctx, func() (err error) {
			n, err = s.removeOnce(ctx, isAlone, query)
			return err
		})
		if err != nil || n > 0 {
			break
		}
	}
	return n, err
}

// current says whether what a statement reads is committed, and of now. MySQL cannot say whether a transaction was left open. Each server takes
// the other's part for a comment.
const current = "@@autocommit AND /*M! NOT @@in_transaction AND @@tx_isolation *//*!80000 @@transaction_isolation */ <> 'READ-UNCOMMITTED'"

// readAll runs a statement that changes nothing until it is answered. It calls f, which returns what current says, with each row, and reset
// before each try.
func (s *Store) readAll(ctx context.Context, query string, reset func(), f func(*sql.Rows) (isCurrent bool, err error)) error {
	p := retry.For(s.opts.Timeout)
	return p.Read(ctx, func() error {
		return s.with(ctx, func(c *conn) error {
			c.open = true
			reset()
			isCurrent, err := c.read(ctx, query, f)
			if err == nil && !isCurrent {
				reset()
				if err = c.exec(ctx, rollback); err == nil {
					err = c.begin(ctx)
				}
				if err == nil {
					_, err = c.read(ctx, query, f)
				}
			}
			c.open = err != nil || !isCurrent
			return err
		})
	})
}

// read runs such a statement once.
func (c *conn) read(ctx context.Context, query string, f func(*sql.Rows) (bool, error)) (isCurrent bool, err error) {
	found := false
	err = c.each(ctx, query, func(rows *sql.Rows) (err error) {
		found = true
		isCurrent, err = f(rows)
		return err
	})
	if err == nil && !found {
		err = c.each(ctx, "SELECT "+current, func(rows *sql.Rows) error { return rows.Scan(&isCurrent) })
	}
	return isCurrent, err
}

// repeat calls try, which may be executed twice, until it is known to have been executed.
func (s *Store) repeat(ctx context.Context, try func() error) error {
	p := retry.For(s.opts.Timeout)
	return p.Repeat(ctx, try)
}

// exists reports whether a statement that changes nothing finds a row. It selects current.
func (s *Store) exists(ctx context.Context, query string) (found bool, err error) {
	err = s.readAll(ctx, query, func() { found = false }, func(rows *sql.Rows) (isCurrent bool, err error) {
		found = true
		return isCurrent, rows.Scan(&isCurrent)
	})
	return found, err
}

// closeTimeout is how long the server that has just answered may take to end a transaction.
const closeTimeout = time.Second

// with calls f with a connection of the pool, and explains its error. A connection goes back to the pool without a transaction, or not
// at all; nor does one to a server that does not write, or that is going: after a failover the next try must find the server that has
// taken its place, where the old one has kept its connections.
func (s *Store) with(ctx context.Context, f func(c *conn) error) error {
	of, err := s.db.Conn(ctx)
	if err != nil {
		if stats := s.db.Stats(); ctx.Err() != nil && stats.MaxOpenConnections > 0 && stats.InUse >= stats.MaxOpenConnections {
			err = fmt.Errorf("all %d connections of the pool are in use", stats.MaxOpenConnections)
		}
		return explainConnect(err)
	}
	c := &conn{Conn: of}
	defer c.Close()
	err = explain(f(c))
	if c.open && !c.spoiled {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		c.open = c.exec(ctx, rollback) != nil
	}
	if c.open || c.spoiled || isGoing(err) || isReadOnly(err) && s.redials.may(s.db.Stats().OpenConnections) {
		_ = c.Raw(func(any) error { return sqldriver.ErrBadConn }) // the pool drops it
	}
	return err
}

// redials bounds how many connections are given up because their server only reads: once a second as many as there are. Those of a server
// that will only read for a while are not made anew for every try.
type redials struct {
	mu    sync.Mutex
	begun time.Time
	left  int
}

func (r *redials) may(open int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.begun) > time.Second {
		r.begun, r.left = time.Now(), open
	}
	r.left--
	return r.left >= 0
}
