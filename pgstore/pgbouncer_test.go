package pgstore

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// bouncer starts a PgBouncer in transaction mode in front of the tests' server, with fewer connections to it than the tests
// have to the PgBouncer, and returns the URL through it.
func bouncer(t testing.TB) string {
	t.Helper()
	target, err := pgxpool.ParseConfig(serverURL)
	if err != nil {
		t.Fatal(err)
	}
	c := target.ConnConfig
	process, err := testserver.Start("pgbouncer-server.sh",
		"PGHOST="+c.Host, fmt.Sprintf("PGPORT=%d", c.Port), "PGUSER="+c.User, "PGPASSWORD="+c.Password)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Stop(); err != nil {
			t.Error(err)
		}
	})
	return with(t, serverURL, "host", process.URI, "sslmode", "disable")
}

func mode(m pgx.QueryExecMode) func(*pgxpool.Config) {
	return func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode, c.MaxConns = m, 32 }
}

// TestPgBouncer has the modes of pgx that leave nothing behind in a connection.
func TestPgBouncer(t *testing.T) {
	url := bouncer(t)
	for _, m := range []pgx.QueryExecMode{pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		t.Run(m.String(), func(t *testing.T) {
			s := migrated(t, dial(t, url, mode(m)), freshSchema(t))
			works(t, s)
			contend(t, s, 32, 20)
		})
	}
	for name, c := range map[string]struct {
		way     way
		setting [2]string
	}{
		"database, pgx": {byPgx, [2]string{"default_query_exec_mode", "exec"}},
		"database, pq":  {byPq, [2]string{"binary_parameters", "yes"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.way.open(t, with(t, url, c.setting[:]...), 32, &Options{Schema: freshSchema(t)})
			must(t, s.Migrate(t.Context()))
			works(t, s)
			contend(t, s, 32, 20)
		})
	}
}

// TestPgBouncerConformance has the mode in which the client writes the arguments into the statement.
func TestPgBouncerConformance(t *testing.T) {
	url := bouncer(t)
	storetest.Again(t, func(tb testing.TB) (a, b driver.Store) {
		schema := freshSchema(tb)
		simple := mode(pgx.QueryExecModeSimpleProtocol)
		return migrated(tb, dial(tb, url, simple), schema), over(tb, dial(tb, url, simple), &Options{Schema: schema})
	})
}

// TestPgBouncerPrepared has the mode that pgx begins with, whose prepared statements an old PgBouncer does not know: what is
// acknowledged is there, and nothing is there twice.
func TestPgBouncerPrepared(t *testing.T) {
	url := bouncer(t)
	schema := freshSchema(t)
	near := migrated(t, connect(t), schema)
	far := over(t, dial(t, url, mode(pgx.QueryExecModeCacheStatement)), &Options{Schema: schema})
	l := faults.NewLoad(t, near, 3)
	l.Start(far, 8)
	l.Progress(100)
	l.SettleAll()
}
