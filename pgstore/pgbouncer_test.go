package pgstore

import (
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
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

// bouncerModes are those of pgx that leave nothing behind in a connection.
var bouncerModes = []pgx.QueryExecMode{pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol}

func mode(m pgx.QueryExecMode) func(*pgxpool.Config) {
	return func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode, c.MaxConns = m, 32 }
}

func TestPgBouncer(t *testing.T) {
	url := bouncer(t)
	for _, m := range bouncerModes {
		t.Run(m.String(), func(t *testing.T) {
			drivertest.Run(t, func(tb testing.TB) (a, b driver.Store) {
				schema := freshSchema(tb)
				return migrated(tb, dial(tb, url, mode(m)), schema), New(dial(tb, url, mode(m)), &Options{Schema: schema})
			})
			contend(t, migrated(t, dial(t, url, mode(m)), freshSchema(t)), 32, 10)
		})
	}
}

// TestPgBouncerPrepared has the mode that pgx begins with, whose prepared statements an old PgBouncer does not know: what is
// acknowledged is there, and nothing is there twice.
func TestPgBouncerPrepared(t *testing.T) {
	url := bouncer(t)
	schema := freshSchema(t)
	near := migrated(t, connect(t), schema)
	far := New(dial(t, url, mode(pgx.QueryExecModeCacheStatement)), &Options{Schema: schema})
	keys, now := several(t, near)
	var c tally
	var done sync.WaitGroup
	for w := range 8 {
		done.Go(func() {
			for range 20 {
				c.update(t, far, keys[w%len(keys)], now, inc("n"))
			}
		})
	}
	done.Wait()
	c.check(t, near, now, keys...)
}
