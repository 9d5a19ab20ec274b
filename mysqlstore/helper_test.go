package mysqlstore

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"

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

// withoutProcedures drops the procedures of the store's tables.
func withoutProcedures(tb testing.TB, s *Store) {
	tb.Helper()
	for _, statement := range s.makeProcedures() {
		if strings.HasPrefix(statement, "DROP") {
			exec(tb, s.db, statement)
		}
	}
}

// signIn returns an update that binds a session to the user.
func signIn(user string, limit driver.SessionLimit) *driver.Update {
	return &driver.Update{User: &user, SessionLimit: limit}
}

// load starts updates of three sessions by eight clients of far. What becomes of them near tells.
func load(tb *testing.T, far, near *Store) *faults.Load {
	tb.Helper()
	l := faults.NewLoad(tb, near, 3)
	l.Start(far, 8)
	return l
}

func randomMillis(n int) int { return rand.IntN(n) }
