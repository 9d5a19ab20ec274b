package mysqlstore

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// TestCrash kills the server in mid-load, three times.
func TestCrash(t *testing.T) {
	t.Parallel()
	srv := testserver.NewMySQL(t, "MARIADB_SERVER_DURABLE=1")
	s := migrated(t, dial(t, srv.URL), "")
	s.opts.Timeout = time.Minute
	l := faults.NewLoad(t, s, 3)
	l.Start(s, 8)
	for range 3 {
		l.Progress(100)
		must(t, srv.Kill())
		must(t, srv.Restart())
	}
	l.Progress(100) // it works again
	l.SettleAll()
}

func TestServerDown(t *testing.T) {
	t.Parallel()
	srv := testserver.NewMySQL(t)
	s := migrated(t, dial(t, srv.URL), "")
	k, now := create(t, s, "ann", `{"n":1}`)
	must(t, srv.Kill())
	// What was under way on a connection that breaks is unknown; nobody listens to the next try.
	storetest.Fails(t, s, k, now, 300*time.Millisecond, driver.ErrUnavailable, driver.ErrUnknownOutcome)
	storetest.Fails(t, s, k, now, 300*time.Millisecond, driver.ErrUnavailable)
	must(t, srv.Restart())
	counts(t, s, k, now, 1)
	must(t, srv.Kill()) // and comes back while a call waits: nobody notices
	s.opts.Timeout = time.Minute
	storetest.Outlasts(t, s, k, now, func() { must(t, srv.Restart()) })
	counts(t, s, k, now, 2)
	storetest.Paused(t, s, k, now, func() { must(t, srv.Pause()) }, func() { must(t, srv.Resume()) })
}

// TestFailover moves an address from a server that becomes read-only, and keeps its connections, to another one that has the same
// session. The pool has several connections to the old one.
func TestFailover(t *testing.T) {
	t.Parallel()
	const conns = 8
	old, next := testserver.NewMySQL(t), testserver.NewMySQL(t)
	for _, srv := range []*testserver.MySQL{old, next} { // a user that a replica has, too, and that read_only holds for
		admin := dial(t, srv.URL)
		exec(t, admin, "CREATE USER app@'%' IDENTIFIED BY 'the-same'")
		exec(t, admin, "GRANT ALL ON sessions.* TO app@'%'")
	}
	before, after := migrated(t, dial(t, old.URL, as("app", "the-same")), ""), migrated(t, dial(t, next.URL, as("app", "the-same")), "")
	k, r := storetest.NewRecord(t, "ann", `{"a":{"n":0},"n":0}`)
	for _, s := range []*Store{before, after} {
		must(t, s.Create(t.Context(), k.Verifier, r))
	}
	p := storetest.Proxy(t, old.Addr())
	db := dial(t, old.URL, as("app", "the-same"), at(p.Addr()))
	db.SetMaxOpenConns(conns)
	s := over(t, db, &Options{Timeout: 20 * time.Second})
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
	exec(t, dial(t, old.URL), "SET GLOBAL read_only = 1")
	storetest.NamesRefusal(t, over(t, db, &Options{Timeout: time.Minute}), k, r.Created, "read-only (error 1290)")
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
