package etcdstore

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

const (
	layout = 1
	// remembered is how many changes a record recognizes.
	remembered = 32
)

// stored is a session as it stands at a revision.
type stored struct {
	layoutV1
	id       driver.ID
	revision int64
}

// layoutV1 is what is written. Times are in milliseconds since 1970.
type layoutV1 struct {
	Layout   int    `json:"layout"`
	Verifier []byte `json:"verifier"`
	// Previous is the verifier that the latest renewal has replaced, Renewed when, and SignedIn whether that was a sign-in of nobody's.
	Previous []byte `json:"previous,omitempty"`
	Renewed  int64  `json:"renewed,omitempty"`
	SignedIn bool   `json:"signedIn,omitempty"`

	User          string       `json:"user,omitempty"`
	Created       int64        `json:"created"`
	LastUsed      int64        `json:"lastUsed"`
	Expires       int64        `json:"expires"`
	Lifetime      int64        `json:"lifetime"`
	Deadline      int64        `json:"deadline"`
	Authenticated int64        `json:"authenticated"`
	Attrs         driver.Attrs `json:"attrs,omitempty"`
	// Latest are the IDs of the latest changes, one behind the other, in their order.
	Latest []byte `json:"latest"`
	// Data is not in the JSON, which would go over a large document three times more, but in the line behind it.
	Data driver.Doc `json:"-"`
}

// set writes what r says.
func (s *stored) set(r driver.Record) {
	s.id, s.Layout, s.User, s.Attrs, s.Data = r.ID, layout, r.User, r.Attrs, r.Data
	s.Created, s.LastUsed, s.Expires = r.Created.UnixMilli(), r.LastUsed.UnixMilli(), r.Expires.UnixMilli()
	s.Lifetime, s.Deadline, s.Authenticated = r.Lifetime.Milliseconds(), r.Deadline.UnixMilli(), r.Authenticated.UnixMilli()
}

// record returns what set was given.
func (s *stored) record() driver.Record {
	at := func(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
	return driver.Record{
		Meta: driver.Meta{
			ID: s.id, User: s.User, Created: at(s.Created), LastUsed: at(s.LastUsed), Expires: at(s.Expires),
			Lifetime: time.Duration(s.Lifetime) * time.Millisecond, Deadline: at(s.Deadline),
		},
		Authenticated: at(s.Authenticated),
		Attrs:         s.Attrs,
		Data:          s.Data,
	}
}

// encode returns what is written.
func (s *stored) encode() (string, error) {
	head, err := json.Marshal(&s.layoutV1)
	return string(s.Data.AppendTo(append(head, '\n'))), err
}

// decode reads the record under a key that ends in its ID.
func decode(kv *mvccpb.KeyValue) (*stored, error) {
	id, err := idOf(kv.Key)
	if err != nil {
		return nil, err
	}
	var version struct {
		Layout int `json:"layout"`
	}
	head, data, _ := strings.Cut(string(kv.Value), "\n")
	if err := json.Unmarshal([]byte(head), &version); err != nil {
		return nil, driver.Corrupt("not JSON")
	}
	if version.Layout != layout {
		return nil, errLayout(version.Layout)
	}
	r := &stored{id: id, revision: kv.ModRevision}
	size := len(driver.Verifier{})
	if err := json.Unmarshal([]byte(head), &r.layoutV1); err != nil || len(r.Verifier) != size || r.Previous != nil && len(r.Previous) != size {
		return nil, driver.Corrupt("not a record of layout version 1")
	}
	if r.Data, err = driver.ParseDoc(data); err != nil {
		return nil, driver.Corrupt(err.Error())
	}
	return r, nil
}

func (s *Store) key(id driver.ID) string { return s.prefix + "s/" + hexID(id) }

// hexID returns the ID in a form that has the order of IDs.
func hexID(id driver.ID) string { return hex.EncodeToString(id[:]) }

// userPrefix is what the index keys of a user's sessions begin with, before the ID.
func (s *Store) userPrefix(user string) string { return s.prefix + "u/" + user + "\x00" }

// endPrefix is what the index keys of the sessions begin with that end at a time.
func (s *Store) endPrefix(ms int64) string {
	return fmt.Sprintf("%se/%016x/", s.prefix, uint64(ms)^1<<63)
}

// indexes returns the index keys of a record: for its end and, unless it is nobody's, for its user.
func (s *Store) indexes(r *stored) []string {
	id := hexID(r.id)
	keys := []string{s.endPrefix(r.Expires) + id}
	if r.User != "" {
		keys = append(keys, s.userPrefix(r.User)+id)
	}
	return keys
}

// idOf reads the ID at the end of a key.
func idOf(key []byte) (id driver.ID, err error) {
	if _, err := hex.Decode(id[:], key[max(0, len(key)-2*len(id)):]); err != nil || len(key) < 2*len(id) {
		return id, driver.Corrupt("a key without an ID")
	}
	return id, nil
}

// newOp returns an ID for a change of the record.
func (s *stored) newOp() retry.OpID {
	if n := len(s.Latest) - len(retry.OpID{}); n >= 0 {
		return retry.NewOpID(s.Latest[n:])
	}
	return retry.NewOpID(nil)
}

// remember adds the ID of a change and forgets the oldest if there are too many.
func (s *stored) remember(op retry.OpID) {
	s.Latest = slices.Concat(s.Latest, op[:])
	s.Latest = s.Latest[max(0, len(s.Latest)-remembered*len(op)):]
}

// recalls reports whether the change is one of the latest; forgot, if it is not, whether it may have been before them.
func (s *stored) recalls(op retry.OpID) (known, forgot bool) {
	if s == nil {
		return false, false
	}
	for at := range slices.Chunk(s.Latest, len(op)) {
		if bytes.Equal(at, op[:]) {
			return true, false
		}
	}
	full := len(s.Latest) >= remembered*len(op)
	return false, full && bytes.Compare(op[:], s.Latest) < 0
}

// guard returns why a key does not open the record at a time; nil if it does.
func (s *stored) guard(now time.Time, k driver.Key) error {
	switch {
	case s == nil || s.Expires <= now.UnixMilli():
		return driver.ErrNotFound
	case k.ByUser && s.User == k.User:
		return nil
	case k.ByUser:
		return driver.ErrNotFound
	case k.Verifier.Equal(driver.Verifier(s.Verifier)):
		return nil
	case s.Previous == nil || !k.Verifier.Equal(driver.Verifier(s.Previous)):
		return driver.ErrNotFound
	case now.Before(time.UnixMilli(s.Renewed).Add(driver.RenewalWindow)):
		return driver.ErrRenewed
	}
	return driver.ErrReplayed
}
