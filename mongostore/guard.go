package mongostore

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// The ends of a record are kept apart: no operator of an update can cap one field by another. A record lives until the
// earlier of the two.

// live are the terms of a filter that let live records through.
func live(now time.Time) bson.D {
	return bson.D{
		{Key: fieldLayout, Value: layout},
		{Key: fieldExpires, Value: call("$gt", date(now))},
		{Key: fieldDeadline, Value: call("$not", call("$lte", date(now)))},
	}
}

// expired is the opposite of live.
func expired(now time.Time) bson.D {
	past := call("$lte", date(now))
	return bson.D{{Key: fieldLayout, Value: layout}, {Key: "$or", Value: bson.A{call(fieldExpires, past), call(fieldDeadline, past)}}}
}

// otherLayout are the terms, any of which is enough, that let through what another version has written, for decode to refuse; foreign
// lets through what nobody of ours has written, too.
var (
	otherLayout = bson.A{call(fieldLayout, call("$gt", layout)), call(fieldLayout, call("$lt", layout))}
	foreign     = call(fieldLayout, call("$ne", layout))
)

// guard is the filter for the live record of a key.
func guard(now time.Time, k driver.Key) bson.D {
	terms := append(make(bson.D, 0, 12), // as many as an update needs, in most cases
		bson.E{Key: fieldID, Value: bin(k.ID[:])},
		bson.E{Key: fieldVerifier, Value: bin(k.Verifier[:])})
	switch {
	case k.ByUser && k.User == "":
		terms[1] = nobodys
	case k.ByUser:
		terms[1] = bson.E{Key: fieldUser, Value: k.User}
	}
	return append(terms, live(now)...)
}

// nobodys is the term of a filter that lets through what belongs to nobody.
var nobodys = bson.E{Key: fieldUser, Value: call("$exists", false)}

// lookup lets through what guard does, and what is not absent either: a record whose key k was before the latest renewal, and
// documents that this version has not written.
func lookup(now time.Time, k driver.Key) bson.D {
	terms := guard(now, k)
	ways := bson.A{terms[1:], foreign}
	if !k.ByUser {
		ways = append(ways, append(bson.D{{Key: fieldRenewed + "." + keyRenewedFrom, Value: bin(k.Verifier[:])}}, live(now)...))
	}
	return bson.D{terms[0], {Key: "$or", Value: ways}}
}
