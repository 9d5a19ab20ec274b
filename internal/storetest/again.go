package storetest

import (
	"os"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
)

// AllVariable is the environment variable that make test-all sets, to anything but "".
const AllVariable = "ATOMICSESSION_TEST_ALL"

// All reports whether [AllVariable] is set: whether tests do all that they can, or what CI has the time for.
func All() bool { return os.Getenv(AllVariable) != "" }

// Again is for a store that has passed the conformance suite, with another driver, server or settings. It runs the whole suite once
// more if [All] says so, and otherwise only random updates and every method.
func Again(t *testing.T, open drivertest.Open) {
	if All() {
		drivertest.Run(t, open)
		return
	}
	drivertest.Random(t, open, 200)
	a, b := open(t)
	Works(t, a)
	Works(t, b)
}

// Works expects every method of the store to do what it can.
func Works(t *testing.T, s driver.Store) {
	t.Helper()
	for name := range Methods(s, driver.Key{}, time.Time{}) {
		k, now := Create(t, s, "ann", `{"a":{"b":1},"n":1}`)
		if err := Methods(s, k, now)[name](t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
