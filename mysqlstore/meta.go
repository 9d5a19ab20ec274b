package mysqlstore

import (
	"bytes"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// row is a row of table session, as a statement with columns reads it.
type row struct {
	isCurrent      bool // what current says
	id             []byte
	fits, previous bool // whether the key is the session's, or was before the latest renewal
	renewed        sql.NullInt64
	signedIn       bool
	meta           meta
	authenticated  sql.NullInt64
	attrs          []byte
	bytes          int64
	ops, floor     []byte
}

// scan reads the row, and returns the name and text of the field beside it, if there is one, which are good until the next row.
func (r *row) scan(rows *sql.Rows) (name, text []byte, err error) {
	var raw [8]sql.RawBytes
	err = rows.Scan(&raw[0], &raw[1], &raw[2], &raw[3], &raw[4], &raw[5], &raw[6], &raw[7])
	switch {
	case err != nil:
		return nil, nil, err
	case len(raw[1]) != len(driver.ID{}):
		return nil, nil, errID
	case bytes.Equal(raw[1], r.id): // the session of the row before
		return raw[6], raw[7], nil
	}
	for i, to := range []*[]byte{&r.id, &r.meta.user, &r.attrs, &r.ops, &r.floor} {
		*to = bytes.Clone(raw[i+1])
	}
	var n [12]sql.NullInt64
	if _, err := numbers(string(raw[0])+" ", n[:], 9); err != nil {
		return nil, nil, err
	}
	r.isCurrent, r.fits, r.previous, r.signedIn = n[0].Int64 != 0, n[1].Int64 != 0, n[2].Int64 != 0, n[3].Int64 != 0
	r.meta.created, r.meta.lastUsed, r.meta.expires, r.meta.lifetime = n[4].Int64, n[5].Int64, n[6].Int64, n[7].Int64
	r.bytes, r.meta.deadline, r.authenticated, r.renewed = n[8].Int64, n[9], n[10], n[11]
	return raw[6], raw[7], nil
}

// numbers reads numbers with a blank behind each, of which those from optional on may be "-", for none, and returns what follows.
func numbers(text string, list []sql.NullInt64, optional int) (rest string, err error) {
	for i := range list {
		word, after, found := strings.Cut(text, " ")
		n, err := strconv.ParseInt(word, 10, 64)
		if list[i] = (sql.NullInt64{Int64: n, Valid: err == nil}); !found || err != nil && (i < optional || word != "-") {
			return "", errNumbers
		}
		text = after
	}
	return text, nil
}

// guard returns the error of a key that does not open the session at now.
func (r *row) guard(now time.Time) error {
	switch {
	case now.UnixMilli() >= r.meta.expires:
		return driver.ErrNotFound
	case r.fits:
		return nil
	case !r.previous:
		return driver.ErrNotFound
	case r.renewed.Int64 > recently(now):
		return driver.ErrRenewed
	}
	return driver.ErrReplayed
}

// recently returns the time after which a renewal is still remembered.
func recently(now time.Time) int64 { return now.Add(-driver.RenewalWindow).UnixMilli() }

// key returns the conditions that the key is the session's, and that it was before the latest renewal.
func key(k driver.Key) (fits, previous code) {
	if k.ByUser {
		return code("COALESCE(username, x'') = ") + list([]string{k.User}), "FALSE"
	}
	verifier := list([][]byte{k.Verifier[:]})
	return "verifier = " + verifier, "previous = " + verifier
}

// record returns the record without its document.
func (r *row) record() (rec driver.Record, err error) {
	rec.Meta = r.meta.read(driver.ID(r.id))
	if r.authenticated.Valid {
		rec.Authenticated = milli(r.authenticated.Int64)
	}
	rec.Attrs, err = driver.ParseAttrs(string(r.attrs))
	return rec, err
}

// user returns whom the session belongs to.
func (r *row) user() string { return string(r.meta.user) }

// meta is what a session says of itself in statements and in the answer of the procedure.
type meta struct {
	user                                 []byte
	created, lastUsed, expires, lifetime int64
	deadline                             sql.NullInt64
}

func (m *meta) read(id driver.ID) driver.Meta {
	read := driver.Meta{
		ID: id, User: string(m.user), Created: milli(m.created), LastUsed: milli(m.lastUsed), Expires: milli(m.expires),
		Lifetime: time.Duration(m.lifetime) * time.Millisecond,
	}
	if m.deadline.Valid {
		read.Deadline = milli(m.deadline.Int64)
	}
	return read
}

var (
	errID      = driver.Corrupt("the ID of a session has not 16 bytes")
	errNumbers = driver.Corrupt("the numbers of a session are incomplete")
	errOps     = driver.Corrupt("the IDs of the latest operations are incomplete")
)

func milli(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// hour is what the index for sweeps has of a time: an update changes it seldom.
func hour(t time.Time) int64 { return t.UnixMilli() / time.Hour.Milliseconds() }

func optionalTime(t time.Time) any { return optional(t.UnixMilli(), !t.IsZero()) }

func optionalDuration(d time.Duration) any { return optional(d.Milliseconds(), d != 0) }

// optional returns v, or null unless it is there.
func optional[T any](v T, there bool) any {
	if !there {
		return nil
	}
	return v
}
