package mongostore_test

import (
	"testing"

	"github.com/atomicsession/atomicsession/drivertest"
)

func TestConformance(t *testing.T) {
	t.Parallel() // beside tests that wait
	drivertest.Run(t, open)
}

func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, open) }
