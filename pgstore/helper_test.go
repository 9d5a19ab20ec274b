package pgstore

import (
	"strings"

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

// reads reports whether a method of storetest.Methods changes nothing.
func reads(name string) bool { return strings.HasPrefix(name, "Load") || name == "List" }
