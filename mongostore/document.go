package mongostore

import (
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// layout is the version of the documents that this package writes and understands. In every version its number is in v, and whose the
// session is in user, so that none is overlooked when all are ended.
const layout int32 = 1

// The fields of a document; docs/mongodb.md describes them for people.
const (
	fieldID            = "_id"
	fieldLayout        = "v"
	fieldVerifier      = "verifier"
	fieldRenewed       = "renewed" // the verifier before the latest renewal, when that was, and whether it signed in
	fieldUser          = "user"
	fieldLabel         = "label" // the attribute of that name: programs of before know no other
	fieldAttrs         = "attrs" // the others
	fieldAuthenticated = "authenticated"
	fieldCreated       = "created"
	fieldUsed          = "used"
	fieldExpires       = "expires"
	fieldLifetime      = "lifetime" // milliseconds
	fieldLife          = "life"     // milliseconds: see expiry.go
	fieldDeadline      = "deadline"
	fieldOp            = "op"
	fieldOps           = "ops"
	fieldData          = "data"
)

// stored is a document of the collection.
type stored struct {
	driver.Record
	verifier driver.Verifier
	renewed  time.Time
	signedIn bool         // by the latest renewal: Update.SignsIn
	op       retry.OpID   // the last update
	ops      []retry.OpID // the greatest ones, sorted
}

// maxData is how large data may be: a document has 16 MiB for that and the metadata.
const maxData = 16<<20 - 4096

func newDocument(v driver.Verifier, r driver.Record, id retry.OpID) (bson.D, error) {
	data := rawValue(driver.ObjectValue(r.Data))
	if err := checkData(len(data.Value)); err != nil {
		return nil, err
	}
	d := appendMeta(bson.D{
		{Key: fieldID, Value: bin(r.ID[:])},
		{Key: fieldLayout, Value: layout},
		{Key: fieldVerifier, Value: bin(v[:])},
	}, r)
	return append(d,
		bson.E{Key: fieldOp, Value: bin(id[:])},
		bson.E{Key: fieldOps, Value: bson.A{bin(id[:])}},
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

// decode reads a document, or as much of it as a projection has left.
func decode(raw bson.Raw) (stored, error) {
	s := stored{Record: driver.Record{Meta: driver.Meta{Lifetime: -1}}} // none so far
	elements, err := raw.Elements()
	if err != nil {
		return s, driver.Corrupt("malformed BSON")
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
				s.renewed, _ = timeOf(renewed.Lookup(keyRenewedAt))
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
			ok = readMeta(&s.Record, name, v)
		}
		if !ok {
			return s, driver.Corrupt(fmt.Sprintf("field %q", name))
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
		return driver.Corrupt("not a session document")
	case version != int64(layout):
		return fmt.Errorf("%w: %w: the session has %d, this program knows %d", driver.ErrCorrupt, driver.ErrLayout, version, layout)
	}
	return nil
}

func copyBytes(to []byte, v bson.RawValue) bool {
	_, b, ok := v.BinaryOK()
	return ok && len(b) == len(to) && copy(to, b) == len(to)
}
