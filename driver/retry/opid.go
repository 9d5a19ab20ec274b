package retry

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// OpID names one change of a session that a store may send more than once: a record that remembers the latest ones tells a second try
// from a first. It begins with the time, in nanoseconds, so that those a record has forgotten are less than those it remembers. Then
// come seven random bytes, and one that is 0, for the store to use.
type OpID [16]byte

// NewOpID returns a new ID, which is greater than latest: another client's fast clock may have made that. nil is none.
func NewOpID(latest []byte) OpID {
	nanos := time.Now().UnixNano()
	if len(latest) >= 8 {
		nanos = max(nanos, int64(binary.BigEndian.Uint64(latest))+1)
	}
	var id OpID
	binary.BigEndian.PutUint64(id[:8], uint64(nanos))
	rand.Read(id[8:15])
	return id
}
