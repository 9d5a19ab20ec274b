package drivertest_test

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/memstore"
)

// The tests of a store, as they stand in its store_test.go. This one has a single client to its data and returns it
// twice.
func Example() {
	open := func(testing.TB) (a, b driver.Store) {
		s := memstore.New(nil)
		return s, s
	}

	testConformance := func(t *testing.T) { drivertest.Run(t, open) }
	fuzzDifferential := func(f *testing.F) { drivertest.Fuzz(f, open) }

	_, _ = testConformance, fuzzDifferential // TestConformance and FuzzDifferential in a real test
}
