package mysqlstore

import (
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// opener returns a function that returns two clients of the server, over tables which are empty each time. They are made once, as that
// takes longer than most cases do.
func opener(tb testing.TB, change ...func(*mysql.Config)) drivertest.Open {
	tb.Helper()
	prefix, admin := freshPrefix(tb), connect(tb)
	s := migrated(tb, admin, prefix)
	return func(tb testing.TB) (a, b driver.Store) {
		exec(tb, admin, s.sql.names.Replace("DELETE FROM {session}"))
		opts := &Options{Prefix: prefix}
		return over(tb, connect(tb, change...), opts), over(tb, connect(tb, change...), opts)
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	drivertest.Run(t, opener(t))
}

func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, opener(f)) }

// TestConformanceWithoutProcedures runs the suite again as a user who may neither make nor call procedures.
func TestConformanceWithoutProcedures(t *testing.T) {
	t.Parallel()
	user, as := role(t)
	grant(t, user, "SELECT, INSERT, UPDATE, DELETE, CREATE, REFERENCES, INDEX ON sessions.*")
	open := opener(t, as)
	a, _ := open(t)
	if has, err := a.(*Store).HasProcedures(t.Context()); has || err != nil {
		t.Fatalf("it has procedures: %t, error %v", has, err)
	}
	storetest.Again(t, open)
}
