package pgstore

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
)

// open returns two clients of the server, over a schema of their own.
func open(t testing.TB) (a, b driver.Store) {
	schema := freshSchema(t)
	return migrated(t, connect(t), schema), migrated(t, connect(t), schema)
}

func TestConformance(t *testing.T) { drivertest.Run(t, open) }

func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, open) }
