package mongostore

import (
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// metaField is a field of a document that holds one member of [driver.Meta].
type metaField struct {
	name string
	get  func(m *driver.Meta) any                        // what the field holds; nil if it is not there
	set  func(m *driver.Meta, v bson.RawValue) (ok bool) // reads it
}

// metaFields is where what a record says of itself is written, read and asked for, but the ID.
var metaFields = []metaField{
	textField(fieldUser, func(m *driver.Meta) *string { return &m.User }),
	textField(fieldLabel, func(m *driver.Meta) *string { return &m.Label }),
	dateField(fieldCreated, func(m *driver.Meta) *time.Time { return &m.Created }),
	dateField(fieldUsed, func(m *driver.Meta) *time.Time { return &m.LastUsed }),
	dateField(fieldExpires, func(m *driver.Meta) *time.Time { return &m.Expires }),
	durationField(fieldLifetime, func(m *driver.Meta) *time.Duration { return &m.Lifetime }),
	dateField(fieldDeadline, func(m *driver.Meta) *time.Time { return &m.Deadline }),
}

func textField(name string, member func(m *driver.Meta) *string) metaField {
	return metaField{name, func(m *driver.Meta) any {
		if s := *member(m); s != "" {
			return s
		}
		return nil
	}, func(m *driver.Meta, v bson.RawValue) (ok bool) {
		*member(m), ok = v.StringValueOK()
		return ok
	}}
}

func dateField(name string, member func(m *driver.Meta) *time.Time) metaField {
	return metaField{name, func(m *driver.Meta) any {
		if t := *member(m); !t.IsZero() {
			return date(t)
		}
		return nil
	}, func(m *driver.Meta, v bson.RawValue) (ok bool) {
		*member(m), ok = timeOf(v)
		return ok
	}}
}

func durationField(name string, member func(m *driver.Meta) *time.Duration) metaField {
	return metaField{name, func(m *driver.Meta) any {
		return member(m).Milliseconds()
	}, func(m *driver.Meta, v bson.RawValue) bool {
		ms, ok := v.AsInt64OK()
		*member(m) = time.Duration(ms) * time.Millisecond
		return ok && ms >= 0 && ms <= math.MaxInt64/int64(time.Millisecond)
	}}
}

// readMeta reads a field of a document if it is one of metaFields. ok is false if the field holds nothing that it may.
func readMeta(m *driver.Meta, name string, v bson.RawValue) (ok bool) {
	for _, f := range metaFields {
		if f.name == name {
			return f.set(m, v)
		}
	}
	return true
}

// appendMeta adds the fields of m to a document.
func appendMeta(d bson.D, m driver.Meta) bson.D {
	for _, f := range metaFields {
		if v := f.get(&m); v != nil {
			d = append(d, bson.E{Key: f.name, Value: v})
		}
	}
	return d
}
