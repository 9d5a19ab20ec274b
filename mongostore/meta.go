package mongostore

import (
	"maps"
	"math"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// metaFields are the fields that hold what a record says of itself and an update returns, but the ID.
var metaFields = []string{fieldUser, fieldCreated, fieldUsed, fieldExpires, fieldLifetime, fieldDeadline}

// projection asks for the metadata and for these fields of the document.
func projection(names []string) bson.D {
	p := append(make(bson.D, 0, 1+len(metaFields)+len(names)), bson.E{Key: fieldLayout, Value: 1})
	for _, name := range metaFields {
		p = append(p, bson.E{Key: name, Value: 1})
	}
	for _, name := range names {
		p = append(p, bson.E{Key: fieldData + "." + name, Value: 1})
	}
	return p
}

// beside is what a record says of itself and no update returns.
var beside = bson.D{{Key: fieldID, Value: 1}, {Key: fieldAuthenticated, Value: 1}, {Key: fieldLabel, Value: 1}, {Key: fieldAttrs, Value: 1}}

// listed asks for all of a record but its document.
var listed = slices.Concat(beside, projection(nil))

// part asks for that, for these fields of the document, and for what decides whether a key opens the record.
func part(names []string) bson.D {
	return slices.Concat(beside, projection(names), bson.D{{Key: fieldVerifier, Value: 1}, {Key: fieldRenewed, Value: 1}})
}

// appendMeta adds the fields of a new record to its document, but for its data.
func appendMeta(d bson.D, m driver.Record) bson.D {
	add := func(name string, v any, exists bool) {
		if exists {
			d = append(d, bson.E{Key: name, Value: v})
		}
	}
	add(fieldUser, m.User, m.User != "")
	add(fieldAuthenticated, date(m.Authenticated), !m.Authenticated.IsZero())
	attrs := bson.D{}
	for _, name := range slices.Sorted(maps.Keys(m.Attrs)) {
		if name == fieldLabel {
			add(fieldLabel, m.Attrs[name], true)
		} else {
			attrs = append(attrs, bson.E{Key: name, Value: m.Attrs[name]})
		}
	}
	add(fieldAttrs, attrs, len(attrs) > 0)
	add(fieldCreated, date(m.Created), !m.Created.IsZero())
	add(fieldUsed, date(m.LastUsed), !m.LastUsed.IsZero())
	add(fieldExpires, date(m.Expires), !m.Expires.IsZero())
	add(fieldLifetime, m.Lifetime.Milliseconds(), true)
	add(fieldDeadline, date(m.Deadline), !m.Deadline.IsZero())
	life := m.Expires.UnixMilli() - m.LastUsed.UnixMilli()
	add(fieldLife, life, life <= m.Lifetime.Milliseconds()) // its creator may have given it more time than its lifetime
	return d
}

// readMeta reads a field of a document if it is one that appendMeta adds. ok is false if the field holds nothing that it may.
func readMeta(m *driver.Record, name string, v bson.RawValue) (ok bool) {
	switch name {
	case fieldUser:
		m.User, ok = v.StringValueOK()
	case fieldAuthenticated:
		m.Authenticated, ok = timeOf(v)
	case fieldLabel:
		ok = readAttr(m, name, v)
	case fieldAttrs:
		var attrs bson.Raw
		if attrs, ok = v.DocumentOK(); !ok {
			break
		}
		elements, err := attrs.Elements()
		ok = err == nil
		for _, e := range elements {
			ok = ok && readAttr(m, e.Key(), e.Value())
		}
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

func readAttr(r *driver.Record, name string, v bson.RawValue) bool {
	text, ok := v.StringValueOK()
	if r.Attrs == nil {
		r.Attrs = driver.Attrs{}
	}
	r.Attrs[name] = text
	return ok
}

func date(t time.Time) bson.DateTime { return bson.DateTime(t.UnixMilli()) }

func timeOf(v bson.RawValue) (time.Time, bool) {
	ms, ok := v.DateTimeOK()
	return time.UnixMilli(ms).UTC(), ok
}

// addMeta adds what u does to a record, whose verifier is v, beside its document and its expiry.
func (c *command) addMeta(now time.Time, v driver.Verifier, u *driver.Update, id retry.OpID, signsIn bool) {
	c.remember(id)
	if u.Lifetime != 0 {
		c.set(fieldLifetime, u.Lifetime.Milliseconds())
	}
	if !u.Deadline.IsZero() {
		c.set(fieldDeadline, date(u.Deadline))
	}
	if u.Renew != nil {
		c.set(fieldVerifier, bin(u.Renew[:]))
		renewal := bson.D{{Key: keyRenewedFrom, Value: bin(v[:])}, {Key: keyRenewedAt, Value: date(now)}}
		if signsIn {
			renewal = append(renewal, bson.E{Key: keySignedIn, Value: true})
		}
		c.set(fieldRenewed, renewal)
	}
	if u.User != nil {
		c.setText(fieldUser, *u.User)
	}
	switch {
	case !u.Authenticated.IsZero():
		c.set(fieldAuthenticated, date(u.Authenticated))
	case u.User != nil && *u.User == "":
		c.unset(fieldAuthenticated)
	}
	for name, text := range u.Attrs {
		if name != fieldLabel {
			name = fieldAttrs + "." + name
		}
		c.setText(name, text)
	}
}

// The keys of the field renewed.
const (
	keyRenewedFrom = "from"
	keyRenewedAt   = "at"
	keySignedIn    = "signedIn"
)

// setText sets a field, or removes it if text is "".
func (c *command) setText(field, text string) {
	if text == "" {
		c.unset(field)
	} else {
		c.set(field, text)
	}
}
