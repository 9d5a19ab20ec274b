package pgstore

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestIsolation has connections whose transactions are stricter than the store needs: what they refuse is tried again.
func TestIsolation(t *testing.T) {
	for _, level := range []string{"read committed", "repeatable read", "serializable"} {
		t.Run(level, func(t *testing.T) {
			everyWay(t, func(t *testing.T, w way) {
				schema := freshSchema(t)
				migrated(t, connect(t), schema)
				s := w.open(t, with(t, serverURL, "default_transaction_isolation", level), 16, &Options{Schema: schema, Timeout: time.Minute})
				contend(t, s, 16, 25)
			})
		})
	}
}

// contend has clients increment two fields of one session, and expects every increment to be there.
func contend(t *testing.T, s *Store, clients, updates int) {
	t.Helper()
	k, now := create(t, s, "ann", `{"a":{"n":0},"n":0}`)
	var done sync.WaitGroup
	for c := range clients {
		done.Go(func() {
			for range updates {
				if _, err := s.Update(within(t, time.Minute), now, k, inc([]driver.Path{"n", "a.n"}[c%2])); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
	r, err := s.Load(t.Context(), now, k)
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range []driver.Path{"n", "a.n"} {
		want := int64((clients + 1 - i) / 2 * updates)
		if n := r.Data.Lookup(path).Int(); n != want {
			t.Errorf("%s is %d, want %d", path, n, want)
		}
	}
}

// TestOddSettings runs the conformance suite again with settings that change how the server reads and writes.
func TestOddSettings(t *testing.T) {
	for _, w := range []way{byPool, byPq} {
		storetest.Again(t, func(tb testing.TB) (a, b driver.Store) {
			url := with(tb, serverURL, "search_path", "pg_temp", "bytea_output", "escape", "extra_float_digits", "-15",
				"standard_conforming_strings", "off", "TimeZone", "Asia/Kathmandu", "DateStyle", "SQL, DMY", "IntervalStyle", "sql_standard")
			opts := &Options{Schema: freshSchema(tb)}
			return w.migrated(tb, url, opts), w.open(tb, url, 0, opts)
		})
	}
}

// TestOtherEncoding has a database that cannot hold every text.
func TestOtherEncoding(t *testing.T) {
	admin, name := connect(t), freshName()
	exec(t, admin, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
	t.Cleanup(func() { exec(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	s := over(t, dial(t, with(t, serverURL, "database", name)), nil)
	if err := s.Migrate(t.Context()); !errors.Is(err, driver.ErrUnavailable) || !strings.Contains(err.Error(), "UTF8") {
		t.Errorf("error %v, want %v that names the encoding", err, driver.ErrUnavailable)
	}
}

// TestClientEncoding has servers that take UTF-8 for another encoding: others would not read what was written. lib/pq refuses it itself.
func TestClientEncoding(t *testing.T) {
	near := newStore(t)
	k, now := create(t, near, "ann", `{}`)
	for _, w := range []way{byPool, byPgx} {
		s := w.open(t, with(t, serverURL, "client_encoding", "LATIN1"), 0, &Options{Schema: near.schema, Timeout: time.Minute})
		for name, call := range storetest.Methods(s, k, now) {
			if err := call(t.Context()); !errors.Is(err, driver.ErrUnavailable) || !strings.Contains(err.Error(), "client_encoding") {
				t.Errorf("%s, %s: error %v, want %v that names the setting", w.name, name, err, driver.ErrUnavailable)
			}
		}
		works(t, w.open(t, with(t, serverURL, "client_encoding", "unicode"), 0, &Options{Schema: near.schema}))
	}
}

// TestIdleTimeout has a server that drops connections nobody uses: nobody notices.
func TestIdleTimeout(t *testing.T) { everyWay(t, testIdleTimeout) }

func testIdleTimeout(t *testing.T, w way) {
	s := newStore(t)
	k, now := create(t, s, "", `{"n":0}`)
	application, admin := freshName(), connect(t)
	hasty := w.open(t, with(t, serverURL, "idle_session_timeout", "50", "application_name", application), 0, &Options{Schema: s.schema})
	for i := range 3 {
		if _, err := hasty.Update(t.Context(), now, k, inc("n")); err != nil {
			t.Errorf("update %d: %v", i, err)
		}
		waitUntil(t, "the connection is dropped", func() bool {
			return ask[int](t, admin, "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", application) == 0
		})
	}
	counts(t, s, k, now, 3)
}

// TestConnectionLimit has a role that may have one connection, and a pool that wants more.
func TestConnectionLimit(t *testing.T) {
	admin, schema := connect(t), freshSchema(t)
	near := migrated(t, admin, schema)
	name, url := role(t)
	grant(t, admin, schema, name)
	exec(t, admin, "ALTER ROLE "+name+" CONNECTION LIMIT 1")
	far := over(t, dial(t, url), &Options{Schema: schema})
	l := faults.NewLoad(t, near, 1)
	l.Start(far, 8)
	l.Progress(100)
	if sum := l.SettleAll(); sum.Unknown > 0 {
		t.Errorf("%d updates are unknown: a connection that was refused carries none", sum.Unknown)
	}
}

// TestSweepBesideUpdates ends sessions in every way at once, and expects that nobody waits for anybody in a circle.
func TestSweepBesideUpdates(t *testing.T) {
	s, pool := newStore(t), connect(t)
	before := deadlocks(t, pool)
	storetest.EndBesideUpdates(t, s)
	if n := deadlocks(t, pool) - before; n > 0 {
		t.Errorf("%d deadlocks", n)
	}
}

// deadlocks returns how many the server has broken in the database, as far as the connections that met them have told: one does so when
// it has been idle for ten seconds at the latest.
func deadlocks(t *testing.T, pool *pgxpool.Pool) int64 {
	t.Helper()
	exec(t, pool, "SELECT pg_stat_force_next_flush()")
	return ask[int64](t, pool, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
}
