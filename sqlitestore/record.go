package sqlitestore

import (
	"context"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/driver"
)

// row is a row of table sessions.
type row struct {
	driver.Meta
	n        int64
	verifier driver.Verifier
	size     int
}

const (
	selectSession = "SELECT n, id, verifier, user, created, used, expires, deadline, size, label FROM sessions "
	findSession   = selectSession + "WHERE id = ? AND expires > ?"
)

// scan reads a row of selectSession.
func scan(s *sqlite3.Stmt) (row, error) {
	r := row{n: s.ColumnInt64(0), size: s.ColumnInt(8)}
	if !exactly(r.ID[:], s.ColumnRawBlob(1)) || !exactly(r.verifier[:], s.ColumnRawBlob(2)) {
		return row{}, corrupt("ID or verifier of a session")
	}
	r.User = s.ColumnText(3)
	if driver.CheckUser(r.User) != nil {
		return row{}, corrupt("user of a session")
	}
	r.Label = s.ColumnText(9)
	if driver.CheckLabel(r.Label) != nil {
		return row{}, corrupt("label of a session")
	}
	r.Created, r.LastUsed, r.Expires = fromMillis(s.ColumnInt64(4)), fromMillis(s.ColumnInt64(5)), fromMillis(s.ColumnInt64(6))
	if s.ColumnType(7) != sqlite3.NULL {
		r.Deadline = fromMillis(s.ColumnInt64(7))
	}
	return r, nil
}

// exactly copies all of a value that has the right length.
func exactly(dst, value []byte) bool { return copy(dst, value) == len(value) && len(value) == len(dst) }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// millisOrNull returns t for a column in which NULL stands for the zero time.
func millisOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// hour rounds up to full hours. The column of that name finds what has expired by an index that an update seldom changes.
func hour(t time.Time) int64 {
	const ms = int64(time.Hour / time.Millisecond)
	return (t.UnixMilli() + ms - 1) / ms
}

// Create implements [driver.Store].
func (s *Store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	return s.write(ctx, func(c *conn) error { return c.create(v, r) })
}

func (c *conn) create(v driver.Verifier, r driver.Record) error {
	err := c.exec(`INSERT INTO sessions (id, verifier, user, label, created, used, expires, deadline, hour, size)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		r.ID[:], v[:], r.User, r.Label, r.Created.UnixMilli(), r.LastUsed.UnixMilli(), r.Expires.UnixMilli(),
		millisOrNull(r.Deadline), hour(r.Expires), r.Data.Size())
	if err != nil {
		return err
	}
	if c.Changes() == 0 {
		return driver.ErrExists
	}
	n := c.LastInsertRowID()
	for name, value := range r.Data.All() {
		if err := c.setField(n, name, value); err != nil {
			return err
		}
	}
	return nil
}

// Load implements [driver.Store].
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	var rec driver.Record
	err := s.read(ctx, func(c *conn) error {
		return c.find(now, k, func(r row) (err error) {
			rec.Meta = r.Meta
			rec.Data, err = c.document(r.n)
			return err
		})
	})
	if err != nil {
		return driver.Record{}, err
	}
	return rec, nil
}

// Delete implements [driver.Store].
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	return s.write(ctx, func(c *conn) error {
		return c.find(now, k, func(r row) error { return c.exec("DELETE FROM sessions WHERE n = ?", r.n) })
	})
}

// find calls f with the row that the guard of [driver.Store] lets through. What f reads belongs to the same state of the
// database as the row.
func (c *conn) find(now time.Time, k driver.Key, f func(row) error) error {
	for s, err := range c.rows(findSession, k.ID[:], now.UnixMilli()) {
		if err != nil {
			return err
		}
		r, err := scan(s)
		if err != nil {
			return err
		}
		if !r.verifier.Equal(k.Verifier) {
			return c.renewed(now, k, r.n)
		}
		return f(r)
	}
	return driver.ErrNotFound
}

// renewed returns ErrRenewed if k was the key of session n until a moment ago, else ErrNotFound.
func (c *conn) renewed(now time.Time, k driver.Key, n int64) error {
	recently := now.Add(-driver.RenewalWindow).UnixMilli()
	for s, err := range c.rows("SELECT previous FROM sessions WHERE n = ? AND renewed > ?", n, recently) {
		var previous driver.Verifier
		if err == nil && exactly(previous[:], s.ColumnRawBlob(0)) && previous.Equal(k.Verifier) {
			err = driver.ErrRenewed
		}
		if err != nil {
			return err
		}
	}
	return driver.ErrNotFound
}
