package redisstore

import (
	"encoding/base64"

	"github.com/atomicsession/atomicsession/driver/retry"
)

// newOpID returns eight characters, of which a session remembers the latest in their order: of [retry.OpID] the random part alone.
func newOpID() string {
	id := retry.NewOpID(nil)
	var text [8]byte
	base64.RawURLEncoding.Encode(text[:], id[8:14])
	return string(text[:])
}
