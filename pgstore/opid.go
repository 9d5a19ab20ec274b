package pgstore

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// opID names one update of a session, so that a second try can tell whether the first one took effect. It begins with the time,
// in nanoseconds, and ends with a byte that is 0: with 1 the session remembers it as refused. See sql/functions/update.sql.
type opID [16]byte

func newOpID() opID { return opIDAt(time.Now().UnixNano()) }

// opIDAfter returns a new ID greater than the one that the session wrote in hexadecimal, which another client's fast clock may
// have made.
func opIDAfter(text string) opID {
	nanos := time.Now().UnixNano()
	if floor, err := hex.DecodeString(text); err == nil && len(floor) >= 8 {
		nanos = max(nanos, int64(binary.BigEndian.Uint64(floor))+1)
	}
	return opIDAt(nanos)
}

func opIDAt(nanos int64) opID {
	var id opID
	binary.BigEndian.PutUint64(id[:8], uint64(nanos))
	rand.Read(id[8:15])
	return id
}
