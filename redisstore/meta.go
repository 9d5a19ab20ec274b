package redisstore

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// metaFields are the fields of a hash that its metadata stand in, beside the user. The scripts answer with their texts in this order
// (lua/meta.lua); a new one also goes into lua/record.lua, metaOf and parse.
var metaFields = [...]string{fieldUsed, fieldExpires, fieldLifetime, fieldDeadline, fieldCreated}

// moreFields stand behind them where a record is read or written and not only its metadata: see attrs.go. Updates do not return them.
var moreFields = [...]string{fieldAuthenticated, fieldAttrs}

// metaTexts are what metaFields hold, "" for a field that is not there.
type metaTexts [len(metaFields)]string

// metaOf returns the texts of r, whose label is with them.
func metaOf(r driver.Record) metaTexts {
	created := timeText(r.Created)
	if label := r.Attrs[attrLabel]; label != "" {
		created += " " + label
	}
	return metaTexts{timeText(r.LastUsed), timeText(r.Expires), durationText(r.Lifetime), optionalTime(r.Deadline), created}
}

// longestMS is the longest lifetime that a time.Duration holds.
const longestMS = math.MaxInt64 / int64(time.Millisecond)

// parseNumber reads a time, a length of time or a size. It takes what lua/intact.lua takes: at most 15 characters, digits behind a
// minus or none.
func parseNumber(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && len(text) < 16 && text[0] != '+'
}

// parse returns the metadata that the texts stand for. What the update script has answered with is always in order.
func (t *metaTexts) parse(id driver.ID, user string) (driver.Meta, error) {
	used, expires, lifetime, deadline := t[0], t[1], t[2], t[3]
	created, _, _ := strings.Cut(t[4], " ")
	var err error
	number := func(text string) int64 {
		n, ok := parseNumber(text)
		if !ok {
			err = driver.Corrupt("a time is not a number")
		}
		return n
	}
	parse := func(text string) time.Time { return time.UnixMilli(number(text)).UTC() }
	m := driver.Meta{ID: id, User: user, Created: parse(created), LastUsed: parse(used), Expires: parse(expires)}
	if deadline != "" {
		m.Deadline = parse(deadline)
	}
	m.Lifetime = m.Expires.Sub(m.LastUsed) // where an earlier version has written the session
	if lifetime != "" {
		ms := number(lifetime)
		if ms < 0 || ms > longestMS {
			err = driver.Corrupt("a lifetime is out of range")
		}
		m.Lifetime = time.Duration(ms) * time.Millisecond
	}
	return m, err
}
