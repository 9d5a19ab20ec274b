package tables

import (
	"context"
	"errors"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// row is a row of table session.
type row struct {
	driver.Record // without the document; Authenticated and Attrs are those of a record alone
	n             int64
	verifier      driver.Verifier
	size          int
}

// scan reads a row of findSession, or the same of another statement.
func scan(s Row) (row, error) {
	r := row{n: s.Int64(0), size: int(s.Int64(2))}
	r.User = s.Text(4)
	switch {
	case !exactly(r.verifier[:], s.Bytes(1)):
		return row{}, driver.Corrupt("verifier of a session")
	case !exactly(r.ID[:], s.Bytes(3)):
		return row{}, driver.Corrupt("ID of a session")
	case driver.CheckUser(r.User) != nil:
		return row{}, driver.Corrupt("user of a session")
	}
	r.Created, r.LastUsed, r.Expires = fromMillis(s.Int64(5)), fromMillis(s.Int64(6)), fromMillis(s.Int64(7))
	r.Lifetime = time.Duration(s.Int64(8)) * time.Millisecond
	r.Deadline = timeOrNull(s, 9)
	return r, nil
}

// scanRecord reads a row of findRecord, or of a list.
func scanRecord(s Row) (row, error) {
	r, err := scan(s)
	if err != nil {
		return row{}, err
	}
	r.Authenticated = timeOrNull(s, 10)
	if r.Attrs, err = driver.ParseAttrs(s.Text(11)); err != nil {
		return row{}, err
	}
	return r, nil
}

// textOrNull returns nil for "".
func textOrNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// metaValues returns the values of metaColumns.
func metaValues(m driver.Meta) []any {
	return []any{
		m.ID[:], m.User, m.Created.UnixMilli(), m.LastUsed.UnixMilli(), m.Expires.UnixMilli(),
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

func timeOrNull(s Row, column int) time.Time {
	if s.IsNull(column) {
		return time.Time{}
	}
	return fromMillis(s.Int64(column))
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
func creation(v driver.Verifier, r driver.Record) func(conn) error {
	values := append([]any{v[:], hour(r.Expires), r.Data.Size(), millisOrNull(r.Authenticated), textOrNull(r.Attrs.Text())}, metaValues(r.Meta)...)
	texts := make([]string, r.Data.Len())
	for i := range texts {
		texts[i] = r.Data.At(i).Value.Text()
	}
	return func(c conn) error {
		if err := c.Run(c.insertSession, values...); err != nil {
			return err
		}
		if c.Changes() == 0 {
			return driver.ErrExists
		}
		n := c.LastInsertRowID()
		for i, text := range texts {
			if err := c.writeField(n, r.Data.At(i).Name, text); err != nil {
				return err
			}
		}
		return nil
	}
}

// Load implements [driver.Store].
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	return s.load(ctx, now, k, conn.document)
}

// LoadFields implements [driver.FieldLoader].
func (s *Store) LoadFields(ctx context.Context, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	return s.load(ctx, now, k, func(c conn, n int64) ([]string, []string, error) { return c.part(n, names) })
}

// load is Load, with the names and texts of the fields that document reads.
func (s *Store) load(
	ctx context.Context, now time.Time, k driver.Key, document func(c conn, n int64) (names, texts []string, err error),
) (driver.Record, error) {
	var rec driver.Record
	var names, texts []string
	err := s.read(ctx, func(c conn) error {
		rec, names, texts = driver.Record{}, nil, nil
		return c.find(c.findRecord, now, k.ID, func(r row) error {
			signedIn, refusal := c.guard(&r, now, k)
			switch {
			case errors.Is(refusal, driver.ErrReplayed):
				rec.ID, rec.User = r.ID, r.User
				return refusal
			case refusal != nil && !signedIn:
				return refusal
			}
			var err error
			if names, texts, err = document(c, r.n); err != nil {
				return err
			}
			rec = r.Record
			return refusal
		})
	})
	if names == nil {
		return rec, err
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
	return s.write(ctx, func(c conn) error {
		return c.find(c.findSession, now, k.ID, func(r row) error {
			switch {
			case k.ByUser && r.User != k.User:
				return driver.ErrNotFound
			case !k.ByUser && !r.verifier.Equal(k.Verifier):
				return driver.ErrRenewed
			}
			return c.Run(c.deleteSession, r.n)
		})
	})
}

// find calls f with the live row that has the ID. The statement is findSession or findRecord. What f reads belongs to the same state
// of the database as the row.
func (c conn) find(sql string, now time.Time, id driver.ID, f func(row) error) error {
	read := scan
	if sql == c.findRecord {
		read = scanRecord
	}
	for s, err := range All(c.Conn, sql, id[:], now.UnixMilli()) {
		if err != nil {
			return err
		}
		r, err := read(s)
		if err != nil {
			return err
		}
		return f(r)
	}
	return driver.ErrNotFound
}

// guard returns no error if k is the key of r, ErrRenewed if that was so until a moment ago, ErrReplayed if it was so before the latest
// renewal, else ErrNotFound. With ErrRenewed it reports whether the one who renewed it signed in: then Load returns the record all the same.
func (c conn) guard(r *row, now time.Time, k driver.Key) (signedIn bool, err error) {
	switch {
	case k.ByUser && r.User == k.User, !k.ByUser && r.verifier.Equal(k.Verifier):
		return false, nil
	case k.ByUser:
		return false, driver.ErrNotFound
	}
	for s, err := range All(c.Conn, c.findReplaced, r.n) {
		if err != nil {
			return false, err
		}
		var previous driver.Verifier
		switch {
		case !exactly(previous[:], s.Bytes(0)) || !previous.Equal(k.Verifier):
		case now.Before(fromMillis(s.Int64(1)).Add(driver.RenewalWindow)):
			return s.Int64(2) != 0, driver.ErrRenewed
		default:
			return false, driver.ErrReplayed
		}
	}
	return false, driver.ErrNotFound
}
