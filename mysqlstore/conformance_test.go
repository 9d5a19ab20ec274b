package mysqlstore

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
)

// open returns two clients of the server, over tables of their own.
func open(t testing.TB) (a, b driver.Store) {
	prefix := freshPrefix(t)
	return migrated(t, connect(t), prefix), migrated(t, connect(t), prefix)
}

func TestConformance(t *testing.T) { drivertest.Run(t, open) }

func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, open) }
