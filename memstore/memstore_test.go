package memstore_test

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/memstore"
)

func open(testing.TB) (a, b driver.Store) {
	s := memstore.New(nil)
	return s, s
}

func TestConformance(t *testing.T) { drivertest.Run(t, open) }

func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, open) }
