package pgstore

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// open returns two clients of the server, over a schema of their own.
func open(t testing.TB) (a, b driver.Store) { return byPool.pair(t) }

// pair returns two clients of the server, over a schema of their own.
func (w way) pair(t testing.TB) (a, b driver.Store) {
	opts := &Options{Schema: freshSchema(t)}
	return w.migrated(t, serverURL, opts), w.open(t, serverURL, 0, opts)
}

// TestConformance has both ways at once: most of the time they wait for the server's disk.
func TestConformance(t *testing.T) {
	for _, w := range []way{byPool, byPgx} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			drivertest.Run(t, w.pair)
		})
	}
}

// TestConformanceAgain has the driver that takes another path through database/sql.
func TestConformanceAgain(t *testing.T) { storetest.Again(t, byPq.pair) }

// TestWrapped has a driver that hides pgx's.
func TestWrapped(t *testing.T) {
	drivertest.Random(t, byOther.pair, 200)
	a, b := byOther.pair(t)
	works(t, a.(*Store))
	works(t, b.(*Store))
}

// TestMixed has clients of two ways over one schema.
func TestMixed(t *testing.T) {
	for _, w := range []way{byPgx, byPq} {
		drivertest.Random(t, func(t testing.TB) (a, b driver.Store) {
			opts := &Options{Schema: freshSchema(t)}
			return byPool.migrated(t, serverURL, opts), w.open(t, serverURL, 0, opts)
		}, 100)
	}
}

func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, open) }
