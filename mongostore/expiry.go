package mongostore

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// The expiry of a record follows from its last use, its lifetime and the update's MaxAge, and no operator of an update can work that
// out. But where the use before gave the record as much time as this one gives, two $max can, even if this one is late. So a record
// remembers how much that was, in its field life, and the filter asks for no more than that. A pipeline can work it out.
//
// If the field is there, expires is used and life, and lifetime is life at least. Who cannot keep it so removes it.

// addExpiry adds what u does to the expiry, and what it depends on. Of operators it tests that they are right.
func (c *command) addExpiry(now time.Time, u *driver.Update) {
	// How long the record lives on after this use, provided that its own lifetime is as long at least.
	life := u.MaxAge
	if u.Lifetime != 0 {
		life = min(u.Lifetime, u.MaxAge)
	}
	ends := !u.Deadline.IsZero()
	switch ms := life.Milliseconds(); {
	case u.MaxAge != 0 && c.piped:
		used, given := latest(fieldUsed, now), expr(ms)
		if u.Lifetime == 0 {
			given = call("$min", bson.A{lifetime, ms})
			c.add("$set", fieldLifetime, lifetime)
		}
		c.add("$set", fieldUsed, used)
		c.add("$set", fieldExpires, call("$add", bson.A{used, given}))
		c.add("$set", fieldLife, given)
	case u.MaxAge != 0:
		c.add("$max", fieldUsed, date(now))
		c.add("$max", fieldExpires, date(now.Add(life)))
		if u.Lifetime == 0 { // as much time as the use before gave it
			c.filter = append(c.filter, bson.E{Key: fieldLife, Value: ms})
			return
		}
		c.set(fieldLife, ms)
		c.test(call("$eq", bson.A{latest(fieldExpires, now.Add(life)), call("$add", bson.A{latest(fieldUsed, now), ms})}))
	case ends && c.piped:
		if u.Lifetime == 0 {
			c.add("$set", fieldLifetime, lifetime)
		}
		c.add("$set", fieldExpires, capped)
		c.unset(fieldLife)
	default:
		if ends { // it must bring no expiry to bear that the old one kept from being reached: operators cannot remove that
			after := func(expires expr) expr { return call("$min", bson.A{expires, date(u.Deadline)}) }
			c.test(call("$eq", bson.A{after("$" + fieldExpires), after(capped)}))
		}
		if u.Lifetime != 0 {
			c.unset(fieldLife)
		}
	}
}

// latest is the later one of what the field holds and t.
func latest(field string, t time.Time) expr { return call("$max", bson.A{"$" + field, date(t)}) }

// capped is the expiry that a record has had so far: it may hold a later one that its deadline has kept from being reached.
var capped = call("$min", bson.A{"$" + fieldExpires, "$" + fieldDeadline})

// lifetime is that of a record, which an earlier version has not written.
var lifetime = call("$ifNull", bson.A{"$" + fieldLifetime, call("$subtract", bson.A{"$" + fieldExpires, "$" + fieldUsed})})
