package etcdstore

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
)

func openTwo(tb testing.TB) (a, b driver.Store) {
	prefix := freshPrefix()
	return connect(tb, server, prefix), connect(tb, server, prefix)
}

func TestConformance(t *testing.T) { drivertest.Run(t, openTwo) }

func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, openTwo) }
