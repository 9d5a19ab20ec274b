package etcdstore

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

func openTwo(tb testing.TB) (a, b driver.Store) {
	prefix := freshPrefix()
	return connect(tb, server, prefix), connect(tb, server, prefix)
}

// TestConformance is drivertest.Run in make test-all, and else a little of that: CI has no time for an example.
func TestConformance(t *testing.T) { storetest.Again(t, openTwo) }

func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, openTwo) }
