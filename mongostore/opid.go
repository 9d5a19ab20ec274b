package mongostore

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ringSize is how many operation IDs a record keeps.
const ringSize = 16

// opID names one update of a record, so that a second try can tell whether the first one took effect. It begins with
// the time, and the record keeps the greatest IDs it has seen, sorted. An update takes effect only if its ID is not among
// them and, once they are ringSize, greater than the least: so one that took effect and was displaced from the ring can
// never do so again, however late a copy of its command arrives and whatever the clocks show.
type opID [16]byte

func newOpID() opID { return opIDAt(time.Now().UnixNano()) }

// opIDAfter returns a new ID greater than those in the ring, which another client's fast clock may have made.
func opIDAfter(ring []opID) opID {
	now := time.Now().UnixNano()
	if len(ring) > 0 {
		latest := slices.MaxFunc(ring, opID.compare)
		now = max(now, int64(binary.BigEndian.Uint64(latest[:8]))+1)
	}
	return opIDAt(now)
}

func opIDAt(nanos int64) opID {
	var id opID
	binary.BigEndian.PutUint64(id[:8], uint64(nanos))
	rand.Read(id[8:])
	return id
}

func (id opID) compare(other opID) int { return bytes.Compare(id[:], other[:]) }

func (id opID) bson() bson.Binary { return bin(id[:]) }

// fresh are the terms of a filter that let id through once at most.
func (id opID) fresh() bson.D {
	return bson.D{
		{Key: "ops", Value: bson.D{{Key: "$ne", Value: id.bson()}}},
		{Key: "$or", Value: bson.A{
			bson.D{{Key: "ops." + strconv.Itoa(ringSize-1), Value: bson.D{{Key: "$exists", Value: false}}}},
			bson.D{{Key: "ops.0", Value: bson.D{{Key: "$lt", Value: id.bson()}}}},
		}},
	}
}

// displaced reports whether a record with this ring may have seen id and forgotten it.
func (id opID) displaced(ring []opID) bool {
	return len(ring) >= ringSize && id.compare(ring[0]) < 0
}
