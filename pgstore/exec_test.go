package pgstore

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestReadAnsweredAfterALoss has the first reply of a read get lost, and the second one be final: that is the answer, since nothing
// can have changed.
func TestReadAnsweredAfterALoss(t *testing.T) {
	p := storetest.Proxy(t, address(serverURL))
	pool := dial(t, with(t, serverURL, "host", p.Addr()), func(c *pgxpool.Config) { c.MaxConns = 2 })
	far := over(t, pool, &Options{Schema: freshSchema(t), Timeout: 5 * time.Second}) // and not migrated
	if err := pool.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"Load": func() error { _, err := far.Load(t.Context(), time.Now(), storetest.NewKey()); return err },
		"List": func() error { _, err := far.List(t.Context(), time.Now(), "ann", driver.ID{}, 10); return err },
	} {
		var lost atomic.Bool
		p.Plan(func([]byte) faultproxy.Fault {
			if lost.Swap(true) {
				return faultproxy.None
			}
			return faultproxy.DropReply
		})
		if err := call(); !errors.Is(err, driver.ErrLayout) || !lost.Load() {
			t.Errorf("%s: after a lost reply the error is %q, want one that matches %q", name, err, driver.ErrLayout)
		}
		p.Plan(nil)
	}
}
