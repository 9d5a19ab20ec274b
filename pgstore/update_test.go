package pgstore

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/jackc/pgx/v5/pgxpool"
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
	storetest.SortBesidePushes(t, s, other, 16)
}
