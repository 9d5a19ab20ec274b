package pgstore

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/atomicsession/atomicsession/driver"
)

// What a session says of itself has its places here, and in create.sql.

// metaSQL is what the files in sql call {meta}: a session's metadata as metaLen texts, which readMeta reads. It is an expression on
// the columns of session; what may be null stands last among the numbers.
const metaSQL = "username, pg_catalog.concat_ws(' ', created, last_used, expires, lifetime, deadline)"

// listedSQL is what they call {listed}: what lists show beside, which no update returns.
const listedSQL = "authenticated, attrs::pg_catalog.text"

const (
	metaLen     = 2
	metaAlways  = 4 // of the numbers are always there
	metaNumbers = 5
)

// changesSQL is what the files in sql call {changes}: what an update sets beside the document and the attributes, as [driver.Update.Record]
// and [driver.Update.SignsIn] define it. The parameters begin with p_, the other names are those of the columns before the update.
const changesSQL = `
      verifier = coalesce(p_renew, verifier),
      previous = CASE WHEN p_renew IS NULL THEN previous ELSE verifier END,
      renewed = CASE WHEN p_renew IS NULL THEN renewed ELSE p_now END,
      signed_in = CASE WHEN p_renew IS NULL THEN signed_in ELSE username IS NULL AND coalesce(p_user, '') {<>} '' END,
      username = CASE WHEN p_user IS NULL THEN username WHEN p_user {<>} '' THEN p_user END,
      authenticated = CASE WHEN p_authenticated IS NOT NULL THEN p_authenticated WHEN p_user {=} '' THEN NULL ELSE authenticated END,
      last_used = CASE WHEN p_max_age IS NULL THEN last_used ELSE greatest(last_used, p_now) END,
      expires = ` + expiresSQL + `,
      expires_hour = ` + expiresSQL + ` {/} 3600000,
      lifetime = coalesce(p_lifetime, lifetime),
      deadline = coalesce(p_deadline, deadline)`

// expiresSQL is when it expires then. The hour of that, which the index for sweeps has, changes seldom.
const expiresSQL = `least(
        CASE WHEN p_max_age IS NULL THEN expires ELSE greatest(last_used, p_now) {+} least(coalesce(p_lifetime, lifetime), p_max_age) END,
        coalesce(p_deadline, deadline))`

// createArgs returns what the record says of itself as create.sql takes it.
func createArgs(r *driver.Record) []any {
	return []any{
		r.ID[:], optional(r.User, r.User != ""), r.Created.UnixMilli(), r.LastUsed.UnixMilli(), r.Expires.UnixMilli(),
		r.Lifetime.Milliseconds(), optionalTime(r.Deadline), optionalTime(r.Authenticated), changedAttrs(r.Attrs),
	}
}

// changedAttrs returns changes of attributes as an object, in which null removes one; null if there are none.
func changedAttrs(a driver.Attrs) *string {
	if len(a) == 0 {
		return nil
	}
	texts := make(map[string]*string, len(a))
	for name, text := range a {
		texts[name] = optional(text, text != "")
	}
	object, _ := json.Marshal(texts) // which texts never fail
	return new(string(object))
}

// row is what Load and List read of a session.
type row struct {
	meta          [metaLen]pgtype.Text
	authenticated pgtype.Int8
	attrs         pgtype.Text
}

// dest returns where {meta} and {listed} go, with what stands before and after them.
func (r *row) dest(before []any, after ...any) []any {
	return append(append(before, &r.meta[0], &r.meta[1], &r.authenticated, &r.attrs), after...)
}

// record returns the record without its document.
func (r *row) record(id driver.ID) (rec driver.Record, err error) {
	if rec.Meta, err = readMeta(id, r.meta[:]); err != nil {
		return driver.Record{}, err
	}
	rec.Authenticated = optionalMilli(r.authenticated)
	rec.Attrs, err = driver.ParseAttrs(r.attrs.String)
	return rec, err
}

// readMeta reads the texts of {meta}.
func readMeta(id driver.ID, texts []pgtype.Text) (driver.Meta, error) {
	if len(texts) < metaLen {
		return driver.Meta{}, errAnswer
	}
	var numbers [metaNumbers]int64
	n := 0
	for text := range strings.FieldsSeq(texts[1].String) {
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n == len(numbers) {
			return driver.Meta{}, errAnswer
		}
		numbers[n] = number
		n++
	}
	if n < metaAlways {
		return driver.Meta{}, errAnswer
	}
	m := driver.Meta{
		ID: id, User: texts[0].String,
		Created: milli(numbers[0]), LastUsed: milli(numbers[1]), Expires: milli(numbers[2]),
		Lifetime: time.Duration(numbers[3]) * time.Millisecond,
	}
	if n > metaAlways {
		m.Deadline = milli(numbers[4])
	}
	return m, nil
}

var (
	errID    = driver.Corrupt("the ID of a session has not 16 bytes")
	errAttrs = driver.Corrupt("the attributes are no object of texts")
	errOps   = driver.Corrupt("the IDs of the latest operations are incomplete")
)

// errAnswer: a server with functions of this version does not answer like that.
var errAnswer = driver.Corrupt("unexpected answer of the server")

func milli(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// optionalMilli returns the zero time for null, and optionalTime the other way round.
func optionalMilli(ms pgtype.Int8) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return milli(ms.Int64)
}

func optionalTime(t time.Time) *int64 { return optional(t.UnixMilli(), !t.IsZero()) }

// optional returns v, or null unless it is there.
func optional[T any](v T, there bool) *T {
	if !there {
		return nil
	}
	return &v
}
