package retry_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver/retry"
)

func TestNewOpID(t *testing.T) {
	ahead := retry.NewOpID(nil)
	ahead[0]++ // a clock that is years ahead
	for name, latest := range map[string][]byte{"no other": nil, "of a fast clock": ahead[:], "short": ahead[:7]} {
		before := time.Now().UnixNano()
		seen := map[retry.OpID]bool{}
		for range 100 {
			id := retry.NewOpID(latest)
			if len(latest) >= 8 && bytes.Compare(id[:], latest) <= 0 || id[15] != 0 || seen[id] {
				t.Errorf("%s: %x after %x", name, id, latest)
			}
			seen[id] = true
		}
		if len(latest) < 8 && bytes.Compare(slot(before), first(retry.NewOpID(latest))) > 0 {
			t.Errorf("%s: it does not begin with the time", name)
		}
	}
	all := bytes.Repeat([]byte{math.MaxUint8}, 16) // no ID is greater
	if id := retry.NewOpID(all); bytes.Compare(first(id), slot(time.Now().Add(-time.Minute).UnixNano())) < 0 {
		t.Errorf("after the greatest: %x", id)
	}
}

func first(id retry.OpID) []byte { return id[:8] }

func slot(nanos int64) []byte {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(nanos >> (56 - 8*i))
	}
	return b
}
