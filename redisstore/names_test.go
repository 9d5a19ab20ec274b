package redisstore

import (
	"errors"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestForeignNames has somebody add fields to a session that no document can have.
func TestForeignNames(t *testing.T) {
	s := newStore(t, address, Options{})
	for _, name := range []string{"", "a.b", ".", "nul\x00", "\xff"} {
		k, now := create(t, s, "ann", `{"a":{"b":1},"n":1}`)
		key := s.sessionKey(k.ID)
		do(t, s.client, "HSET", key, name, "1")
		if _, err := s.Load(t.Context(), now, k); !errors.Is(err, driver.ErrCorrupt) {
			t.Errorf("%q: Load: error %v, want %v", name, err, driver.ErrCorrupt)
		}
		for method, call := range storetest.Methods(s, k, now) { // what does not meet the field may work
			if err := call(t.Context()); err != nil && !storetest.Matches(err, driver.ErrCorrupt, driver.ErrNotFound) {
				t.Errorf("%q: %s: error %v", name, method, err)
			}
		}
	}
}
