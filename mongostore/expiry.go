package mongostore

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// The expiry of a record follows from its last use, its lifetime and the update's MaxAge, and no operator of an update can work that
// out. But where the use before gave the record as much time as this one gives, two $max can, even if this one is late. So a record
// remembers how much that was, in its field life, and the filter asks for no more than that: see sameLife.
//
// If the field is there, expires is used and life, and lifetime is life at least. Who cannot keep it so removes it.

// life returns how long a record lives on after the use u, provided that its own lifetime is as long at least.
func life(u *driver.Update) time.Duration {
	if u.Lifetime != 0 {
		return min(u.Lifetime, u.MaxAge)
	}
	return u.MaxAge
}

// firstLife returns the field life of a new record, nil for none: its creator may have given it more time than its lifetime.
func firstLife(m driver.Meta) bson.D {
	ms := m.Expires.UnixMilli() - m.LastUsed.UnixMilli()
	if ms > m.Lifetime.Milliseconds() {
		return nil
	}
	return bson.D{{Key: fieldLife, Value: ms}}
}

// sameLife is the term of a filter that lets a record through to which the use u gives as much time as the use before.
func sameLife(u *driver.Update) bson.E { return bson.E{Key: fieldLife, Value: life(u).Milliseconds()} }

// sameUse says that the two $max of the use u, which sets the lifetime, do what [driver.Update.Meta] says.
func sameUse(now time.Time, u *driver.Update) expr {
	latest := func(field string, t time.Time) expr { return call("$max", bson.A{"$" + field, date(t)}) }
	end := call("$add", bson.A{latest(fieldUsed, now), life(u).Milliseconds()})
	return call("$eq", bson.A{latest(fieldExpires, now.Add(life(u))), end})
}

// sameExpiry says that a new deadline without a use brings no expiry to bear that the old one kept from being reached: operators
// cannot remove it.
func sameExpiry(u *driver.Update) expr {
	after := func(expires expr) expr { return call("$min", bson.A{expires, date(u.Deadline)}) }
	return call("$eq", bson.A{after("$" + fieldExpires), after(capped())})
}

// capped is the expiry that a record has had so far: it may hold a later one that its deadline has kept from being reached.
func capped() expr { return call("$min", bson.A{"$" + fieldExpires, "$" + fieldDeadline}) }

// addExpiry adds what u does to the expiry, and what it depends on, where c lets through only what that is right for. It returns
// what else c has to test.
func (o *operators) addExpiry(now time.Time, u *driver.Update, c *command) (tests []expr) {
	switch {
	case u.MaxAge != 0:
		o.add("$max", fieldUsed, date(now))
		o.add("$max", fieldExpires, date(now.Add(life(u))))
		if u.Lifetime == 0 {
			c.filter = append(c.filter, sameLife(u))
			break
		}
		o.add("$set", fieldLife, life(u).Milliseconds())
		tests = append(tests, sameUse(now, u))
	case u.Lifetime != 0:
		o.add("$unset", fieldLife, "")
	}
	if u.MaxAge == 0 && !u.Deadline.IsZero() {
		tests = append(tests, sameExpiry(u))
	}
	return tests
}

// addExpiry adds the same to a pipeline, which can work it out, but for records that an earlier version has written.
func (s *stages) addExpiry(now time.Time, u *driver.Update, c *command) {
	switch {
	case u.MaxAge != 0:
		used := call("$max", bson.A{"$" + fieldUsed, date(now)})
		var ms expr = life(u).Milliseconds()
		if u.Lifetime == 0 {
			ms = call("$min", bson.A{"$" + fieldLifetime, ms})
		}
		s.add(fieldUsed, used)
		s.add(fieldExpires, call("$add", bson.A{used, ms}))
		s.add(fieldLife, ms)
	case !u.Deadline.IsZero():
		s.add(fieldExpires, capped())
		s.remove(fieldLife)
	case u.Lifetime != 0:
		s.remove(fieldLife)
		return
	default:
		return
	}
	if u.Lifetime == 0 {
		c.filter = append(c.filter, bson.E{Key: fieldLifetime, Value: bson.D{{Key: "$exists", Value: true}}})
	}
}

// replaceExpiry adds the same where the record before is known, and what that becomes.
func (s *stages) replaceExpiry(u *driver.Update, before, after driver.Meta) {
	if u.Lifetime == 0 {
		s.add(fieldLifetime, after.Lifetime.Milliseconds()) // which an earlier version has not written
	}
	switch {
	case u.MaxAge != 0:
		given := min(after.Lifetime, u.MaxAge)
		s.add(fieldUsed, date(after.LastUsed))
		s.add(fieldExpires, date(after.LastUsed.Add(given)))
		s.add(fieldLife, given.Milliseconds())
	case !u.Deadline.IsZero():
		s.add(fieldExpires, date(before.Expires))
		s.remove(fieldLife)
	case u.Lifetime != 0:
		s.remove(fieldLife)
	}
}
