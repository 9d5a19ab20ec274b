package pgstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// TestCrash kills the server in mid-load, three times.
func TestCrash(t *testing.T) { everyWay(t, testCrash) }

func testCrash(t *testing.T, w way) {
	srv := testserver.NewPostgres(t)
	s := w.migrated(t, srv.URL, nil)
	l := faults.NewLoad(t, s, 3)
	l.Start(s, 8)
	for range 3 {
		l.Progress(100)
		must(t, srv.Crash())
		must(t, srv.Restart())
	}
	l.Progress(100) // it works again
	l.SettleAll()
}

// TestCrashAsynchronous has a server that may forget what it has acknowledged last: what is left is one of the states that
// the session was in.
func TestCrashAsynchronous(t *testing.T) {
	srv := testserver.NewPostgres(t, "POSTGRES_SERVER_OPTIONS=-c synchronous_commit=off -c wal_writer_delay=10s")
	s := migrated(t, dial(t, srv.URL), "")
	s.timeout = 100 * time.Millisecond
	l := faults.NewLoad(t, s, 1)
	exec(t, dial(t, srv.URL), "SET synchronous_commit = on; CREATE TABLE flushed ()") // and what was before it
	l.Start(s, 8)
	l.Progress(200)
	must(t, srv.Crash())
	l.Stop()
	must(t, srv.Restart())
	l.Settle()
	k, now := create(t, s, "ann", `{"n":1}`)
	counts(t, s, k, now, 1)
}

// TestTerminated has the connections of a store terminated in mid-load, again and again.
func TestTerminated(t *testing.T) { everyWay(t, testTerminated) }

func testTerminated(t *testing.T, w way) {
	name := freshName()
	s := w.migrated(t, with(t, serverURL, "application_name", name), &Options{Schema: freshSchema(t)})
	l := faults.NewLoad(t, s, 3)
	l.Start(s, 8)
	admin := connect(t)
	for range 30 {
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		ask[int](t, admin, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1", name)
	}
	l.Progress(100) // it works again
	l.SettleAll()
}

// TestTerminatedAfterCommit terminates a connection between the commit of an update and its reply.
func TestTerminatedAfterCommit(t *testing.T) { everyWay(t, testTerminatedAfterCommit) }

func testTerminatedAfterCommit(t *testing.T, w way) {
	admin := connect(t)
	p := storetest.Proxy(t, address(serverURL))
	name, schema := freshName(), freshSchema(t)
	near := migrated(t, admin, schema)
	far := w.open(t, with(t, serverURL, "host", p.Addr(), "application_name", name), 0, &Options{Schema: schema})
	k, now := create(t, near, "", `{"n":1}`)
	counts(t, far, k, now, 1) // it is connected
	p.Once(faultproxy.StallReply, w.sent(k.ID))
	storetest.Outlasts(t, far, k, now, func() {
		waitUntil(t, "the update is committed", func() bool {
			r, err := near.Load(t.Context(), now, k)
			return err == nil && r.Data.Get("n").Int() == 2
		})
		ask[int](t, admin, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1", name)
		p.SetDown(true) // the reply never leaves the proxy
		p.SetDown(false)
	})
	counts(t, near, k, now, 2)
}

// TestStandbyMissing has a server that waits for a standby that does not come: what it has committed for itself alone is not
// acknowledged, and is not done again.
func TestStandbyMissing(t *testing.T) {
	srv := testserver.NewPostgres(t, "POSTGRES_SERVER_OPTIONS=-c synchronous_standby_names=nobody")
	alone := migrated(t, dial(t, with(t, srv.URL, "synchronous_commit", "local")), "")
	k, now := create(t, alone, "", `{"n":1}`)
	s := over(t, dial(t, srv.URL), nil)
	if _, err := s.Load(t.Context(), now, k); err != nil { // it is connected
		t.Fatal(err)
	}
	_, err := s.Update(within(t, time.Second), now, k, inc("n"))
	if !errors.Is(err, driver.ErrUnknownOutcome) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want %v", err, driver.ErrUnknownOutcome)
	}
	waitUntil(t, "the server no longer waits", func() bool {
		r, err := alone.Load(t.Context(), now, k)
		return err == nil && r.Data.Get("n").Int() == 2
	})
	counts(t, alone, k, now, 2)
}

// TestRecovery kills a process of the server, which then drops all connections and recovers.
func TestRecovery(t *testing.T) {
	srv := testserver.NewPostgres(t)
	s := migrated(t, dial(t, srv.URL), "")
	l := faults.NewLoad(t, s, 3)
	l.Start(s, 8)
	l.Progress(100)
	victim := ask[int](t, dial(t, srv.URL), "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1")
	process, err := os.FindProcess(victim)
	must(t, err)
	must(t, process.Kill())
	l.Progress(100) // it works again
	l.SettleAll()
}
