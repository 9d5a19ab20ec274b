package proof

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/internal/testserver"
	"github.com/atomicsession/atomicsession/pgstore"
)

func connectPostgres(tb testing.TB, address string) driver.Store { return openPostgres(tb, address) }

// openPostgres returns a store in the schema that a parameter of the address names.
func openPostgres(tb testing.TB, address string) *pgstore.Store {
	tb.Helper()
	u, schema := without(tb, address, "schema")
	pool, err := pgxpool.New(tb.Context(), u)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	s, err := pgstore.New(pool, &pgstore.Options{Schema: schema, Timeout: 9 * time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// migrated makes a schema and returns its address.
func migrated(tb testing.TB, server string) string {
	tb.Helper()
	address := server + "&schema=" + fresh()
	if err := openPostgres(tb, address).Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return address
}

var postgres = linearizable.Store{
	Start: func(tb testing.TB) string {
		return migrated(tb, shared(tb, "POSTGRES_URL", "postgres-server.sh", "POSTGRES_INITDB_OPTIONS=--auth-host=trust"))
	},
	Connect: connectPostgres,
}

// bouncer is postgres through PgBouncer in transaction mode, with fewer connections to the server than clients have to it.
var bouncer = linearizable.Store{
	Start: func(tb testing.TB) string {
		address := postgres.Start(tb)
		u, err := url.Parse(address)
		if err != nil {
			tb.Fatal(err)
		}
		password, _ := u.User.Password()
		process, err := testserver.Start("pgbouncer-server.sh",
			"PGHOST="+u.Hostname(), "PGPORT="+u.Port(), "PGUSER="+u.User.Username(), "PGPASSWORD="+password)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() {
			if err := process.Stop(); err != nil {
				tb.Error(err)
			}
		})
		u.Host = process.URI
		u.RawQuery += "&default_query_exec_mode=exec"
		return u.String()
	},
	Connect: connectPostgres,
}

// postgresServer returns the harm that comes to the server.
func postgresServer() []nemesis {
	var all []nemesis
	for _, h := range []struct {
		name string
		long bool
		do   func(ctx context.Context, server *testserver.Postgres) error
	}{
		{"server killed", false, func(_ context.Context, p *testserver.Postgres) error {
			if err := p.Kill(); err != nil {
				return err
			}
			return p.Restart()
		}},
		{"server crashed", true, func(_ context.Context, p *testserver.Postgres) error {
			if err := p.Crash(); err != nil {
				return err
			}
			return p.Restart()
		}},
		{"server paused", true, func(ctx context.Context, p *testserver.Postgres) error {
			if err := p.Pause(); err != nil {
				return err
			}
			pause(ctx, 100*time.Millisecond)
			return p.Resume()
		}},
		{"connections terminated", false, func(_ context.Context, p *testserver.Postgres) error {
			_, err := p.Ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity" +
				" WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
			return err
		}},
	} {
		var server *testserver.Postgres
		all = append(all, nemesis{
			name: h.name, long: h.long, harm: func(ctx context.Context) error { return h.do(ctx, server) },
			store: linearizable.Store{
				Start: func(tb testing.TB) string {
					server = testserver.NewPostgres(tb)
					return migrated(tb, server.URL)
				},
				Connect: connectPostgres,
			},
		})
	}
	return all
}

// pair is a primary with a synchronous standby, and the store there.
type pair struct {
	servers *testserver.PostgresPair
	store   linearizable.Store
}

func newPair() *pair {
	p := &pair{}
	p.store = linearizable.Store{
		Start: func(tb testing.TB) string {
			p.servers = testserver.NewPostgresPair(tb)
			return migrated(tb, p.servers.URL())
		},
		Connect: connectPostgres,
	}
	return p
}

func promotion() nemesis {
	p := newPair()
	return nemesis{name: "primary killed, standby promoted", store: p.store, harm: func(context.Context) error { return p.servers.Promote() }}
}
