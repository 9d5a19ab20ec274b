package redisstore

import (
	"context"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// TestAllocations bounds what the commonest call costs the garbage collector.
func TestAllocations(t *testing.T) {
	s := newStore(t, address, Options{})
	ctx := context.Background()
	k, now := create(t, s, "", `{"n":1}`)
	u := &driver.Update{Ops: []driver.Op{driver.Set{Path: "theme", Value: driver.StringValue("dark")}}, Expires: now.Add(1)}
	n := testing.AllocsPerRun(200, func() {
		if _, err := s.Update(ctx, now, k, u); err != nil {
			t.Fatal(err)
		}
	})
	if n > 12 {
		t.Errorf("an update of one field makes %v allocations, want at most 12", n)
	}
}
