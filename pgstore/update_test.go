package pgstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
)

// TestFastClock has a client whose clock is ahead fill a session's memory: the others' updates count all the same, once.
func TestFastClock(t *testing.T) {
	var sent counter
	s := migrated(t, dial(t, serverURL, func(c *pgxpool.Config) { c.ConnConfig.Tracer = &sent }), freshSchema(t))
	k, now := create(t, s, "", `{"n":0}`)
	ahead := binary.BigEndian.AppendUint64(nil, uint64(time.Now().Add(time.Hour).UnixNano()))
	exec(t, connect(t), fmt.Sprintf(`UPDATE %s.session SET floor = '\x%x'`, quoteIdentifier(s.schema), ahead))
	before := sent.statements.Load()
	for range 20 {
		if _, err := s.Update(t.Context(), now, k, inc("n")); err != nil {
			t.Fatal(err)
		}
	}
	if n := sent.statements.Load() - before; n != 40 {
		t.Errorf("%d statements for 20 updates, want 40", n)
	}
	counts(t, s, k, now, 20)
}

// TestFallbackBesideOthers has an update that the client works out contend with others of another program that never stop.
func TestFallbackBesideOthers(t *testing.T) {
	s := newStore(t)
	other := over(t, dial(t, with(t, serverURL, "pool_max_conns", "16")), &Options{Schema: s.schema})
	k, now := create(t, s, "", `{"l":[]}`)
	push := func(sorted ...driver.Sort) *driver.Update {
		return &driver.Update{Ops: []driver.Op{driver.Push{Path: "l", Each: []driver.Value{driver.IntValue(1)}, Sort: sorted}}}
	}
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	var theirs atomic.Int64
	for range 16 {
		done.Go(func() {
			for ctx.Err() == nil {
				if _, err := other.Update(t.Context(), now, k, push()); err != nil {
					t.Error(err)
				}
				theirs.Add(1)
			}
		})
	}
	for range 20 {
		if _, err := s.Update(t.Context(), now, k, push(driver.Sort{})); err != nil {
			t.Error(err)
		}
	}
	stop()
	done.Wait()
	r, err := s.Load(t.Context(), now, k)
	if n := len(r.Data.Get("l").Elems()); err != nil || int64(n) != theirs.Load()+20 {
		t.Errorf("%d elements are there, want %d of them and 20 (error: %v)", n, theirs.Load(), err)
	}
}
