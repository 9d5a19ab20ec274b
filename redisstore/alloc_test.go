package redisstore

import (
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TestAllocations bounds what the commonest call costs the garbage collector.
func TestAllocations(t *testing.T) {
	s := newStore(t, address, Options{})
	ctx := t.Context() // as a request has it: one that can end
	k, now := create(t, s, "", `{"n":1}`)
	u := &driver.Update{Ops: []driver.Op{driver.Set{Path: "theme", Value: driver.StringValue("dark")}}, MaxAge: time.Hour}
	update := func() {
		if _, err := s.Update(ctx, now, k, u); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 { // the client opens its connections when they are first used
		update()
	}
	n := testing.AllocsPerRun(200, update)
	most := 11.0
	if underRace(t) {
		most = 16 // there sync.Pool, which the client uses, drops some of what it is given
	}
	if n > most {
		t.Errorf("an update of one field makes %v allocations, want at most %v", n, most)
	}
}

func underRace(t *testing.T) bool {
	t.Helper()
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("no build information")
	}
	return slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
