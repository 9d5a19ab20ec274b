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

// The expiry of a record follows from its last use, its lifetime and the update's MaxAge, and no operator of an update can work that
// out. So the filter lets through only what two $max bring to the same end, which is nearly every update.

// life returns how long a record lives on after the use u: exactly, if the record's own lifetime is as long at least.
func life(u *driver.Update) time.Duration {
	if u.Lifetime != 0 {
		return min(u.Lifetime, u.MaxAge)
	}
	return u.MaxAge
}

// sameUse says that the two $max of the use u do what [driver.Update.Meta] says: a late use leaves what a later one has set.
func sameUse(now time.Time, u *driver.Update) expr {
	latest := func(field string, t time.Time) expr { return call("$max", bson.A{"$" + field, date(t)}) }
	end := call("$add", bson.A{latest(fieldUsed, now), life(u).Milliseconds()})
	return call("$eq", bson.A{latest(fieldExpires, now.Add(life(u))), end})
}

// useTerms are what else a use demands, as terms of the filter, which cost less than an expression.
func useTerms(u *driver.Update) bson.D {
	if u.Lifetime != 0 {
		return nil
	}
	return bson.D{{Key: fieldLifetime, Value: bson.D{{Key: "$gte", Value: life(u).Milliseconds()}}}}
}

// pipedUse returns what a pipeline makes of the time of the last use and of the expiry, before the deadline caps it.
func pipedUse(now time.Time, u *driver.Update) (used, expires expr) {
	used = call("$max", bson.A{"$" + fieldUsed, date(now)})
	var ms expr = life(u).Milliseconds()
	if u.Lifetime == 0 {
		ms = call("$min", bson.A{"$" + fieldLifetime, ms})
	}
	return used, call("$add", bson.A{used, ms})
}

// capped is the expiry that a record has had so far: it may hold a later one that its deadline has kept from being reached.
func capped() expr { return call("$min", bson.A{"$" + fieldExpires, "$" + fieldDeadline}) }

// sameExpiry says that a new deadline brings no such later expiry to bear: operators cannot remove it. A use sets another expiry.
func sameExpiry(u *driver.Update) expr {
	after := func(expires expr) expr { return call("$min", bson.A{expires, date(u.Deadline)}) }
	return call("$eq", bson.A{after("$" + fieldExpires), after(capped())})
}
