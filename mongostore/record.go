package mongostore

import (
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// layout is the version of the documents that this package writes and understands. In every version its number is in v, and whose the
// session is in user, so that none is overlooked when all are ended.
const layout int32 = 1

// The fields of a document; docs/mongodb.md describes them for people.
const (
	fieldID       = "_id"
	fieldLayout   = "v"
	fieldVerifier = "verifier"
	fieldRenewed  = "renewed" // the verifier before the latest renewal, when that was, and whether it signed in
	fieldUser     = "user"
	fieldLabel    = "label"
	fieldCreated  = "created"
	fieldUsed     = "used"
	fieldExpires  = "expires"
	fieldLifetime = "lifetime" // milliseconds
	fieldLife     = "life"     // milliseconds: see expiry.go
	fieldDeadline = "deadline"
	fieldOp       = "op"
	fieldOps      = "ops"
	fieldData     = "data"
)

// stored is a document of the collection.
type stored struct {
	driver.Record
	verifier driver.Verifier
	signedIn bool   // by the latest renewal: Update.SignsIn
	op       opID   // the last update
	ops      []opID // the greatest ones, sorted
}

// maxData is how large data may be: a document has 16 MiB for that and the metadata.
const maxData = 16<<20 - 4096

func newDocument(v driver.Verifier, r driver.Record, id opID) (bson.D, error) {
	data := rawValue(driver.ObjectValue(r.Data))
	if err := checkData(len(data.Value)); err != nil {
		return nil, err
	}
	d := bson.D{
		{Key: fieldID, Value: bin(r.ID[:])},
		{Key: fieldLayout, Value: layout},
		{Key: fieldVerifier, Value: bin(v[:])},
	}
	d = append(appendMeta(d, r.Meta), firstLife(r.Meta)...)
	return append(d,
		bson.E{Key: fieldOp, Value: id.bson()},
		bson.E{Key: fieldOps, Value: bson.A{id.bson()}},
		bson.E{Key: fieldData, Value: data}), nil
}

// checkData returns an error if the server would refuse data of so many bytes. It must not get to see them: it ends the
// connection when a command is larger still.
func checkData(size int) error {
	if size > maxData {
		return fmt.Errorf("%w: over the server's limit of 16 MiB", driver.ErrTooLarge)
	}
	return nil
}

func bin(b []byte) bson.Binary { return bson.Binary{Data: b} }

// renewal is what a record remembers of the renewal of the key k.
func renewal(now time.Time, k driver.Key, signedIn bool) bson.D {
	d := bson.D{{Key: "from", Value: bin(k.Verifier[:])}, {Key: "at", Value: date(now)}}
	if signedIn {
		d = append(d, bson.E{Key: keySignedIn, Value: true})
	}
	return d
}

const keySignedIn = "signedIn"

func date(t time.Time) bson.DateTime { return bson.DateTime(t.UnixMilli()) }

// decode reads a document, or as much of it as a projection has left.
func decode(raw bson.Raw) (stored, error) {
	s := stored{Record: driver.Record{Meta: driver.Meta{Lifetime: -1}}} // none so far
	elements, err := raw.Elements()
	if err != nil {
		return s, fmt.Errorf("%w: malformed BSON", driver.ErrCorrupt)
	}
	if err := checkLayout(raw.Lookup(fieldLayout)); err != nil {
		return s, err
	}
	for _, e := range elements {
		name, v := e.Key(), e.Value()
		var ok bool
		switch name {
		case fieldID:
			ok = copyBytes(s.ID[:], v)
		case fieldVerifier:
			ok = copyBytes(s.verifier[:], v)
		case fieldRenewed:
			var renewed bson.Raw
			if renewed, ok = v.DocumentOK(); ok {
				s.signedIn, _ = renewed.Lookup(keySignedIn).BooleanOK()
			}
		case fieldOp:
			ok = copyBytes(s.op[:], v)
		case fieldOps:
			s.ops, ok = opsOf(v)
		case fieldData:
			var data bson.Raw
			if data, ok = v.DocumentOK(); ok {
				if s.Data, err = decodeDoc(data); err != nil {
					return s, err
				}
			}
		default:
			ok = readMeta(&s.Meta, name, v)
		}
		if !ok {
			return s, fmt.Errorf("%w: field %q", driver.ErrCorrupt, name)
		}
	}
	if s.Lifetime < 0 { // an earlier version has written it
		s.Lifetime = s.Expires.Sub(s.LastUsed)
	}
	if !s.Deadline.IsZero() && s.Expires.After(s.Deadline) {
		s.Expires = s.Deadline
	}
	return s, nil
}

// checkLayout returns an error unless v, of a document, is that of this layout.
func checkLayout(v bson.RawValue) error {
	switch version, ok := v.AsInt64OK(); {
	case !ok:
		return fmt.Errorf("%w: not a session document", driver.ErrCorrupt)
	case version != int64(layout):
		return fmt.Errorf("%w: %w: the session has %d, this program knows %d", driver.ErrCorrupt, driver.ErrLayout, version, layout)
	}
	return nil
}

func copyBytes(to []byte, v bson.RawValue) bool {
	_, b, ok := v.BinaryOK()
	return ok && len(b) == len(to) && copy(to, b) == len(to)
}

func timeOf(v bson.RawValue) (time.Time, bool) {
	ms, ok := v.DateTimeOK()
	return time.UnixMilli(ms).UTC(), ok
}

func opsOf(v bson.RawValue) ([]opID, bool) {
	array, ok := v.ArrayOK()
	if !ok {
		return nil, false
	}
	values, err := array.Values()
	ops := make([]opID, len(values))
	for i, e := range values {
		if !copyBytes(ops[i][:], e) {
			return nil, false
		}
	}
	return ops, err == nil
}

// The ends of a record are kept apart: no operator of an update can cap one field by another. A record lives until the
// earlier of the two.

// live are the terms of a filter that let live records through.
func live(now time.Time) bson.D {
	return bson.D{
		{Key: fieldLayout, Value: layout},
		{Key: fieldExpires, Value: bson.D{{Key: "$gt", Value: date(now)}}},
		{Key: fieldDeadline, Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$lte", Value: date(now)}}}}},
	}
}

// otherLayout are the terms, any of which is enough, that let through what another version has written, for decode to refuse.
func otherLayout() bson.A {
	return bson.A{
		bson.D{{Key: fieldLayout, Value: bson.D{{Key: "$gt", Value: layout}}}},
		bson.D{{Key: fieldLayout, Value: bson.D{{Key: "$lt", Value: layout}}}},
	}
}

// expired is the opposite of live.
func expired(now time.Time) bson.D {
	past := bson.D{{Key: "$lte", Value: date(now)}}
	return bson.D{{Key: fieldLayout, Value: layout}, {Key: "$or", Value: bson.A{
		bson.D{{Key: fieldExpires, Value: past}},
		bson.D{{Key: fieldDeadline, Value: past}},
	}}}
}

// guard is the filter for the live record of a key.
func guard(now time.Time, k driver.Key) bson.D {
	terms := append(make(bson.D, 0, 12), // as many as an update needs, in most cases
		bson.E{Key: fieldID, Value: bin(k.ID[:])},
		bson.E{Key: fieldVerifier, Value: bin(k.Verifier[:])})
	return append(terms, live(now)...)
}

// lookup lets through what guard does, and what is not absent either: a record whose key k was until a moment ago, and
// documents of another layout, for decode to refuse.
func lookup(now time.Time, k driver.Key) bson.D {
	terms := guard(now, k)
	recently := bson.D{{Key: "$gt", Value: date(now.Add(-driver.RenewalWindow))}}
	return bson.D{terms[0], {Key: "$or", Value: bson.A{
		terms[1:],
		append(bson.D{
			{Key: fieldRenewed + ".from", Value: bin(k.Verifier[:])},
			{Key: fieldRenewed + ".at", Value: recently},
		}, live(now)...),
		bson.D{{Key: fieldLayout, Value: bson.D{{Key: "$ne", Value: layout}}}},
	}}}
}
