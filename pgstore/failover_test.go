package pgstore

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// TestFailover moves an address from a server that becomes read-only, and keeps its connections, to another one that has the same
// session. The pool has several connections to the old one.
func TestFailover(t *testing.T) { everyWay(t, testFailover) }

func testFailover(t *testing.T, w way) {
	const conns = 8
	old, next := testserver.NewPostgres(t), testserver.NewPostgres(t)
	for _, srv := range []*testserver.Postgres{old, next} {
		exec(t, dial(t, srv.URL), "ALTER USER postgres PASSWORD 'the-same'") // what a standby has, too
		srv.URL = with(t, srv.URL, "user", "postgres:the-same")
	}
	oldPool := dial(t, old.URL)
	before, after := migrated(t, oldPool, ""), migrated(t, dial(t, next.URL), "")
	k, r := storetest.NewRecord(t, "ann", `{"a":{"n":0},"n":0}`)
	for _, s := range []*Store{before, after} {
		if err := s.Create(t.Context(), k.Verifier, r); err != nil {
			t.Fatal(err)
		}
	}
	p := storetest.Proxy(t, old.Addr())
	s := w.open(t, with(t, old.URL, "host", p.Addr()), conns, &Options{Timeout: 20 * time.Second})
	s.useAll(t, conns)
	update := func() {
		t.Helper()
		var done sync.WaitGroup
		for i := range 2 * conns {
			done.Go(func() {
				if _, err := s.Update(within(t, time.Minute), r.Created, k, inc([]driver.Path{"n", "a.n"}[i%2])); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
	}
	holds := func(s *Store, want int64) {
		t.Helper()
		if r, err := s.Load(t.Context(), r.Created, k); err != nil || r.Data.Get("n").Int() != want || r.Data.Lookup("a.n").Int() != want {
			t.Errorf("there is %v (error: %v), want %d twice", r.Data.Text(), err, want)
		}
	}
	update()
	holds(before, conns)

	exec(t, oldPool, "ALTER SYSTEM SET default_transaction_read_only = on")
	exec(t, oldPool, "SELECT pg_reload_conf()")
	waitUntil(t, "the old server is read-only", func() bool {
		return ask[string](t, oldPool, "SHOW default_transaction_read_only") == "on"
	})
	s.timeout = time.Minute
	storetest.NamesRefusal(t, s, k, r.Created, "read-only (SQLSTATE 25006)")
	p.Move(next.Addr())
	update()
	holds(after, conns)
	holds(before, conns)
	for range 3 * conns { // and no other connection of the pool leads back
		if err := s.Create(t.Context(), k.Verifier, r); !errors.Is(err, driver.ErrExists) {
			t.Fatalf("error %v, want %v", err, driver.ErrExists)
		}
	}
}

// useAll has the store make as many connections.
func (s *Store) useAll(t *testing.T, conns int) {
	t.Helper()
	var all, done sync.WaitGroup
	all.Add(conns)
	for range conns {
		done.Go(func() {
			err := s.with(t.Context(), func(conn) error {
				all.Done()
				all.Wait()
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
}

// TestReadOnlyIsNotDialedAgain has a server that only reads for a while, such as one whose disk is nearly full. Connections to it are
// not made anew for every try, or its reads would suffer.
func TestReadOnlyIsNotDialedAgain(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	url := with(t, serverURL, "default_transaction_read_only", "on")
	pool := dial(t, url, func(c *pgxpool.Config) { c.MaxConns = 1 })
	pgx, pq := &counted{Connector: pgxConnector(t, url)}, &counted{Connector: pqConnector(t, url)}
	opts := &Options{Schema: s.schema, Timeout: time.Second}
	for name, c := range map[string]struct {
		readOnly *Store
		made     func() int64
	}{
		"pool": {over(t, pool, opts), func() int64 { return pool.Stat().NewConnsCount() }},
		"pgx":  {overDB(t, openDB(t, pgx, 1), opts), pgx.connections.Load},
		"pq":   {overDB(t, openDB(t, pq, 1), opts), pq.connections.Load},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			for range 4 {
				if _, err := c.readOnly.Update(t.Context(), now, k, inc("n")); !errors.Is(err, driver.ErrUnavailable) {
					t.Errorf("error %v, want %v", err, driver.ErrUnavailable)
				}
			}
			most := int64(time.Since(start)/redialAfter) + 1
			if n := c.made(); n > most || n < 2 {
				t.Errorf("%d connections were made in %v, want 2 to %d", n, time.Since(start), most)
			}
		})
	}
}

// TestGoing has every way of a server, or of a pooler before it, to say that it goes or does not write.
func TestGoing(t *testing.T) {
	for _, severity := range []string{"FATAL", "ERROR"} {
		for _, c := range []struct {
			code             string
			going, mayBeDone bool
		}{
			{"57P01", true, true}, {"57P02", true, true}, {"57P03", true, severity == "FATAL"}, {"25006", false, severity == "FATAL"},
		} {
			server := &pgconn.PgError{SeverityUnlocalized: severity, Code: c.code}
			err := explain(fmt.Errorf("query: %w", server))
			if !retry.CanRepeat(err) || errors.Is(err, driver.ErrUnknownOutcome) != c.mayBeDone {
				t.Errorf("%s %s: %v", severity, c.code, err)
			}
			if isGoing(err) != c.going || isReadOnly(err) == c.going {
				t.Errorf("%s %s: going %t, read-only %t", severity, c.code, isGoing(err), isReadOnly(err))
			}
			if connect := explainConnect(server); c.code != "57P01" && c.code != "57P02" && (!retry.CanRepeat(connect) || errors.Is(connect, driver.ErrUnknownOutcome)) {
				t.Errorf("%s %s: connecting: %v, want another try", severity, c.code, connect)
			}
		}
	}
}
