package pgstore

import (
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/atomicsession/atomicsession/driver"
)

// What a session says of itself has its places here, and in create.sql.

// metaSQL is what the files in sql call {meta}: a session's metadata as metaLen texts, which readMeta reads. It is an expression on
// the columns of session; what may be null stands last among the numbers.
const metaSQL = "username, label, pg_catalog.concat_ws(' ', created, used, expires, lifetime, deadline)"

const (
	metaLen     = 3
	metaAlways  = 4 // of the numbers are always there
	metaNumbers = 5
)

// changesSQL is what the files in sql call {changes}: what an update sets beside the document, as [driver.Update.Meta] and
// [driver.Update.SignsIn] define it. The parameters begin with p_, the other names are those of the columns before the update.
const changesSQL = `
      verifier = coalesce(p_renew, verifier),
      previous = CASE WHEN p_renew IS NULL THEN previous ELSE verifier END,
      renewed = CASE WHEN p_renew IS NULL THEN renewed ELSE p_now END,
      signed_in = CASE WHEN p_renew IS NULL THEN signed_in ELSE username IS NULL AND coalesce(p_user, '') <> '' END,
      username = CASE WHEN p_user IS NULL THEN username ELSE nullif(p_user, '') END,
      label = CASE WHEN p_label IS NULL THEN label ELSE nullif(p_label, '') END,
      used = CASE WHEN p_max_age IS NULL THEN used ELSE greatest(used, p_now) END,
      expires = least(
        CASE WHEN p_max_age IS NULL THEN expires ELSE greatest(used, p_now) + least(coalesce(p_lifetime, lifetime), p_max_age) END,
        coalesce(p_deadline, deadline)),
      lifetime = coalesce(p_lifetime, lifetime),
      deadline = coalesce(p_deadline, deadline)`

// createMeta returns the metadata as create.sql takes it.
func createMeta(m driver.Meta) []any {
	return []any{
		m.ID[:], optional(m.User, m.User != ""), optional(m.Label, m.Label != ""), m.Created.UnixMilli(), m.LastUsed.UnixMilli(), m.Expires.UnixMilli(),
		m.Lifetime.Milliseconds(), optional(m.Deadline.UnixMilli(), !m.Deadline.IsZero()),
	}
}

// readMeta reads the texts of {meta}.
func readMeta(id driver.ID, texts []pgtype.Text) (driver.Meta, error) {
	if len(texts) < metaLen {
		return driver.Meta{}, errAnswer
	}
	var numbers [metaNumbers]int64
	n := 0
	for text := range strings.FieldsSeq(texts[2].String) {
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
		ID: id, User: texts[0].String, Label: texts[1].String,
		Created: milli(numbers[0]), LastUsed: milli(numbers[1]), Expires: milli(numbers[2]),
		Lifetime: time.Duration(numbers[3]) * time.Millisecond,
	}
	if n > metaAlways {
		m.Deadline = milli(numbers[4])
	}
	return m, nil
}

// errAnswer: a server with functions of this version does not answer like that.
var errAnswer = driver.Corrupt("unexpected answer of the server")

func milli(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// optional returns v, or null unless it is there.
func optional[T any](v T, there bool) *T {
	if !there {
		return nil
	}
	return &v
}
