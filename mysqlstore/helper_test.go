package mysqlstore

import (
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/internal/storetest"
)

// What tests of all stores do, by the names that are used most.
var (
	create    = storetest.Create
	counts    = storetest.Counts
	inc       = storetest.Inc
	waitUntil = storetest.WaitUntil
	within    = storetest.Within
	works     = storetest.Works
)

// must ends the test if something failed that it needs.
func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// reads reports whether a method of storetest.Methods changes nothing.
func reads(name string) bool { return strings.HasPrefix(name, "Load") || name == "List" }
