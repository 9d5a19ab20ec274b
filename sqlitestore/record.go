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

// metaColumns are those of driver.Meta, as scan reads them and metaValues has them. Columns that updates seldom change, or that
// are indexed, have statements of their own in [conn.writeMeta].
const metaColumns = "id, user, label, created, used, expires, lifetime, deadline"

const (
	selectSession = "SELECT n, verifier, size, " + metaColumns + " FROM sessions "
	findSession   = selectSession + "WHERE id = ? AND expires > ?"
	insertSession = "INSERT INTO sessions (verifier, hour, size, " + metaColumns + `)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
)

// scan reads a row of selectSession.
func scan(s *sqlite3.Stmt) (row, error) {
	r := row{n: s.ColumnInt64(0), size: s.ColumnInt(2)}
	r.User, r.Label = s.ColumnText(4), s.ColumnText(5)
	switch {
	case !exactly(r.verifier[:], s.ColumnRawBlob(1)):
		return row{}, driver.Corrupt("verifier of a session")
	case !exactly(r.ID[:], s.ColumnRawBlob(3)):
		return row{}, driver.Corrupt("ID of a session")
	case driver.CheckUser(r.User) != nil:
		return row{}, driver.Corrupt("user of a session")
	case driver.CheckLabel(r.Label) != nil:
		return row{}, driver.Corrupt("label of a session")
	}
	r.Created, r.LastUsed, r.Expires = fromMillis(s.ColumnInt64(6)), fromMillis(s.ColumnInt64(7)), fromMillis(s.ColumnInt64(8))
	r.Lifetime = time.Duration(s.ColumnInt64(9)) * time.Millisecond
	if r.Lifetime == 0 { // written by a program of before that has the file open still
		r.Lifetime = r.Expires.Sub(r.LastUsed)
	}
	if s.ColumnType(10) != sqlite3.NULL {
		r.Deadline = fromMillis(s.ColumnInt64(10))
	}
	return r, nil
}

// metaValues returns the values of metaColumns.
func metaValues(m driver.Meta) []any {
	return []any{
		m.ID[:], m.User, m.Label, m.Created.UnixMilli(), m.LastUsed.UnixMilli(), m.Expires.UnixMilli(),
		m.Lifetime.Milliseconds(), millisOrNull(m.Deadline),
	}
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
	return s.write(ctx, creation(v, r))
}

// creation returns what writes a new record. Its texts are made before: nobody waits for that.
func creation(v driver.Verifier, r driver.Record) func(*conn) error {
	values := append([]any{v[:], hour(r.Expires), r.Data.Size()}, metaValues(r.Meta)...)
	texts := make([]string, r.Data.Len())
	for i := range texts {
		texts[i] = r.Data.At(i).Value.Text()
	}
	return func(c *conn) error {
		if err := c.exec(insertSession, values...); err != nil {
			return err
		}
		if c.Changes() == 0 {
			return driver.ErrExists
		}
		n := c.LastInsertRowID()
		for i, text := range texts {
			if err := c.setField(n, r.Data.At(i).Name, text); err != nil {
				return err
			}
		}
		return nil
	}
}

// Load implements [driver.Store].
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	var rec driver.Record
	var names, texts []string
	err := s.read(ctx, func(c *conn) error {
		return c.find(now, k.ID, func(r row) error {
			signedIn, renewed := c.guard(r, now, k)
			if renewed != nil && !signedIn {
				return renewed
			}
			var err error
			if names, texts, err = c.document(r.n); err != nil {
				return err
			}
			rec.Meta = r.Meta
			return renewed
		})
	})
	if rec.ID.IsZero() {
		return driver.Record{}, err
	}
	data, parseErr := driver.ParseFields(names, texts)
	if parseErr != nil {
		return driver.Record{}, parseErr
	}
	rec.Data = data
	return rec, err
}

// Delete implements [driver.Store].
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	return s.write(ctx, func(c *conn) error {
		return c.find(now, k.ID, func(r row) error {
			if !r.verifier.Equal(k.Verifier) {
				return driver.ErrRenewed
			}
			return c.exec("DELETE FROM sessions WHERE n = ?", r.n)
		})
	})
}

// find calls f with the live row that has the ID. What f reads belongs to the same state of the database as the row.
func (c *conn) find(now time.Time, id driver.ID, f func(row) error) error {
	for s, err := range c.rows(findSession, id[:], now.UnixMilli()) {
		if err != nil {
			return err
		}
		r, err := scan(s)
		if err != nil {
			return err
		}
		return f(r)
	}
	return driver.ErrNotFound
}

// findGuarded is find for the row that the guard of [driver.Store] lets through.
func (c *conn) findGuarded(now time.Time, k driver.Key, f func(row) error) error {
	return c.find(now, k.ID, func(r row) error {
		if _, err := c.guard(r, now, k); err != nil {
			return err
		}
		return f(r)
	})
}

// guard returns no error if k has the verifier of r, ErrRenewed if that was so until a moment ago, else ErrNotFound. With ErrRenewed
// it reports whether the one who renewed it signed in: then Load returns the record all the same.
func (c *conn) guard(r row, now time.Time, k driver.Key) (signedIn bool, err error) {
	if r.verifier.Equal(k.Verifier) {
		return false, nil
	}
	recently := now.Add(-driver.RenewalWindow).UnixMilli()
	for s, err := range c.rows("SELECT previous, signed_in FROM sessions WHERE n = ? AND renewed > ?", r.n, recently) {
		if err != nil {
			return false, err
		}
		var previous driver.Verifier
		if exactly(previous[:], s.ColumnRawBlob(0)) && previous.Equal(k.Verifier) {
			return s.ColumnBool(1), driver.ErrRenewed
		}
	}
	return false, driver.ErrNotFound
}
