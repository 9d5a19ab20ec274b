package mongostore

import (
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// metaFields are the fields that hold what a record says of itself, but the ID.
var metaFields = []string{fieldUser, fieldLabel, fieldCreated, fieldUsed, fieldExpires, fieldLifetime, fieldDeadline}

// projection asks for the metadata and for the fields that the operations of u lead into.
func projection(u *driver.Update) bson.D {
	names := u.WrittenNames()
	p := append(make(bson.D, 0, 1+len(metaFields)+len(names)), bson.E{Key: fieldLayout, Value: 1})
	for _, name := range metaFields {
		p = append(p, bson.E{Key: name, Value: 1})
	}
	for _, name := range names {
		p = append(p, bson.E{Key: fieldData + "." + name, Value: 1})
	}
	return p
}

// appendMeta adds the fields of a new record to its document.
func appendMeta(d bson.D, m driver.Meta) bson.D {
	add := func(name string, v any, exists bool) {
		if exists {
			d = append(d, bson.E{Key: name, Value: v})
		}
	}
	add(fieldUser, m.User, m.User != "")
	add(fieldLabel, m.Label, m.Label != "")
	add(fieldCreated, date(m.Created), !m.Created.IsZero())
	add(fieldUsed, date(m.LastUsed), !m.LastUsed.IsZero())
	add(fieldExpires, date(m.Expires), !m.Expires.IsZero())
	add(fieldLifetime, m.Lifetime.Milliseconds(), true)
	add(fieldDeadline, date(m.Deadline), !m.Deadline.IsZero())
	life := m.Expires.UnixMilli() - m.LastUsed.UnixMilli()
	add(fieldLife, life, life <= m.Lifetime.Milliseconds()) // its creator may have given it more time than its lifetime
	return d
}

// readMeta reads a field of a document if it is one of metaFields. ok is false if the field holds nothing that it may.
func readMeta(m *driver.Meta, name string, v bson.RawValue) (ok bool) {
	switch name {
	case fieldUser:
		m.User, ok = v.StringValueOK()
	case fieldLabel:
		m.Label, ok = v.StringValueOK()
	case fieldCreated:
		m.Created, ok = timeOf(v)
	case fieldUsed:
		m.LastUsed, ok = timeOf(v)
	case fieldExpires:
		m.Expires, ok = timeOf(v)
	case fieldDeadline:
		m.Deadline, ok = timeOf(v)
	case fieldLifetime:
		ms, isInt := v.AsInt64OK()
		m.Lifetime = time.Duration(ms) * time.Millisecond
		ok = isInt && ms >= 0 && ms <= math.MaxInt64/int64(time.Millisecond)
	default:
		ok = true
	}
	return ok
}

func date(t time.Time) bson.DateTime { return bson.DateTime(t.UnixMilli()) }

func timeOf(v bson.RawValue) (time.Time, bool) {
	ms, ok := v.DateTimeOK()
	return time.UnixMilli(ms).UTC(), ok
}

// addMeta adds what u does to a record beside its document and its expiry.
func (c *command) addMeta(now time.Time, k driver.Key, u *driver.Update, id retry.OpID, signsIn bool) {
	c.remember(id)
	if u.Lifetime != 0 {
		c.set(fieldLifetime, u.Lifetime.Milliseconds())
	}
	if !u.Deadline.IsZero() {
		c.set(fieldDeadline, date(u.Deadline))
	}
	if u.Renew != nil {
		c.set(fieldVerifier, bin(u.Renew[:]))
		renewal := bson.D{{Key: "from", Value: bin(k.Verifier[:])}, {Key: "at", Value: date(now)}}
		if signsIn {
			renewal = append(renewal, bson.E{Key: keySignedIn, Value: true})
		}
		c.set(fieldRenewed, renewal)
	}
	c.setText(fieldUser, u.User)
	c.setText(fieldLabel, u.Label)
}

const keySignedIn = "signedIn"

// setText sets a field, or removes it if text is "". A text that is nil leaves it alone.
func (c *command) setText(field string, text *string) {
	switch {
	case text == nil:
	case *text == "":
		c.unset(field)
	default:
		c.set(field, *text)
	}
}
