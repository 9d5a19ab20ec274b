package pgstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/faultproxy"
)

// tally counts what became of updates that each add 1 to the field n of a session.
type tally struct{ acknowledged, unknown, refused atomic.Int64 }

// load updates the sessions from several goroutines until it is told to stop.
func (c *tally) load(t *testing.T, s *Store, now time.Time, keys ...driver.Key) (stop func()) {
	var done sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	for w := range 8 {
		done.Go(func() {
			for i := w; ctx.Err() == nil; i++ {
				c.update(t, s, keys[i%len(keys)], now, inc("n"))
			}
		})
	}
	return func() {
		cancel()
		done.Wait()
	}
}

func (c *tally) update(t *testing.T, s *Store, k driver.Key, now time.Time, u *driver.Update) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	switch _, err := s.Update(ctx, now, k, u); {
	case err == nil:
		c.acknowledged.Add(1)
	case errors.Is(err, driver.ErrUnknownOutcome):
		c.unknown.Add(1)
	case errors.Is(err, driver.ErrUnavailable):
		c.refused.Add(1)
		time.Sleep(time.Millisecond)
	default:
		t.Errorf("Update: %v", err)
	}
}

// check expects what was acknowledged to be there, and what is unknown to be there at most once.
func (c *tally) check(t *testing.T, s *Store, now time.Time, keys ...driver.Key) {
	t.Helper()
	var n int64
	for _, k := range keys {
		r, err := s.Load(context.Background(), now, k)
		if err != nil {
			t.Fatal(err)
		}
		n += r.Data.Get("n").Int()
	}
	a, u := c.acknowledged.Load(), c.unknown.Load()
	t.Logf("%d are there: %d acknowledged, %d unknown; %d refused", n, a, u, c.refused.Load())
	if n < a || n > a+u {
		t.Errorf("%d are there, with %d acknowledged and %d unknown", n, a, u)
	}
	if a == 0 {
		t.Error("none was acknowledged")
	}
}

// several creates sessions, so that updates meet each other on some and not on others.
func several(t *testing.T, s *Store) (keys []driver.Key, now time.Time) {
	t.Helper()
	for range 3 {
		k, when := create(t, s, "ann", `{"a":{"n":0},"n":0}`)
		keys, now = append(keys, k), when
	}
	return keys, now
}

// TestCrash kills the server in mid-load, three times.
func TestCrash(t *testing.T) {
	srv := newServer(t)
	s := migrated(t, dial(t, srv.url), "")
	keys, now := several(t, s)
	var c tally
	stop := c.load(t, s, now, keys...)
	for range 3 {
		before := c.acknowledged.Load()
		waitUntil(t, "some are acknowledged", func() bool { return c.acknowledged.Load() > before+100 })
		srv.crash(t)
		srv.restart(t)
	}
	before := c.acknowledged.Load()
	waitUntil(t, "it works again", func() bool { return c.acknowledged.Load() > before+100 })
	stop()
	c.check(t, s, now, keys...)
}

// TestCrashAsynchronous has a server that may forget what it has acknowledged last: what is left is one of the states that
// the session was in.
func TestCrashAsynchronous(t *testing.T) {
	srv := newServer(t, "POSTGRES_SERVER_OPTIONS=-c synchronous_commit=off -c wal_writer_delay=10s")
	s := migrated(t, dial(t, srv.url), "")
	s.timeout = 100 * time.Millisecond
	k, now := create(t, s, "ann", `{"n":0}`)
	exec(t, dial(t, srv.url), "SET synchronous_commit = on; CREATE TABLE flushed ()") // and what was before it
	var c tally
	stop := c.load(t, s, now, k)
	waitUntil(t, "some are acknowledged", func() bool { return c.acknowledged.Load() > 200 })
	srv.crash(t)
	stop()
	srv.restart(t)
	r, err := s.Load(t.Context(), now, k)
	if err != nil {
		t.Fatal(err)
	}
	n, a, u := r.Data.Get("n").Int(), c.acknowledged.Load(), c.unknown.Load()
	t.Logf("%d are there: %d acknowledged, %d unknown", n, a, u)
	if n > a+u {
		t.Errorf("%d are there, with %d acknowledged and %d unknown", n, a, u)
	}
	counts(t, s, k, now, n)
}

// TestTerminated has the connections of a store terminated in mid-load, again and again.
func TestTerminated(t *testing.T) {
	name := freshName()
	s := New(dial(t, with(t, serverURL, "application_name", name)), &Options{Schema: freshSchema(t)})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys, now := several(t, s)
	var c tally
	stop := c.load(t, s, now, keys...)
	admin := connect(t)
	for range 30 {
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		ask[int](t, admin, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1", name)
	}
	before := c.acknowledged.Load()
	waitUntil(t, "it works again", func() bool { return c.acknowledged.Load() > before+100 })
	stop()
	c.check(t, s, now, keys...)
}

// TestTerminatedAfterCommit terminates a connection between the commit of an update and its reply.
func TestTerminatedAfterCommit(t *testing.T) {
	admin := connect(t)
	p, err := faultproxy.New(address(serverURL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	name, schema := freshName(), freshSchema(t)
	near := migrated(t, admin, schema)
	far := New(dial(t, with(t, serverURL, "host", p.Addr(), "application_name", name)), &Options{Schema: schema})
	k, now := create(t, near, "", `{"n":1}`)
	counts(t, far, k, now, 1) // it is connected
	p.Once(faultproxy.StallReply, string(k.ID[:]))
	done := make(chan error)
	go func() {
		_, err := far.Update(within(t, time.Minute), now, k, inc("n"))
		done <- err
	}()
	waitUntil(t, "the update is committed", func() bool {
		r, err := near.Load(t.Context(), now, k)
		return err == nil && r.Data.Get("n").Int() == 2
	})
	ask[int](t, admin, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1", name)
	p.SetDown(true) // the reply never leaves the proxy
	p.SetDown(false)
	if err := <-done; err != nil {
		t.Error(err)
	}
	counts(t, near, k, now, 2)
}

// TestStandbyMissing has a server that waits for a standby that does not come: what it has committed for itself alone is not
// acknowledged, and is not done again.
func TestStandbyMissing(t *testing.T) {
	srv := newServer(t, "POSTGRES_SERVER_OPTIONS=-c synchronous_standby_names=nobody")
	alone := migrated(t, dial(t, with(t, srv.url, "synchronous_commit", "local")), "")
	k, now := create(t, alone, "", `{"n":1}`)
	s := New(dial(t, srv.url), nil)
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
	srv := newServer(t)
	s := migrated(t, dial(t, srv.url), "")
	keys, now := several(t, s)
	var c tally
	stop := c.load(t, s, now, keys...)
	waitUntil(t, "some are acknowledged", func() bool { return c.acknowledged.Load() > 100 })
	victim := ask[int](t, dial(t, srv.url), "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1")
	kill(t, victim, syscall.SIGKILL)
	before := c.acknowledged.Load()
	waitUntil(t, "it works again", func() bool { return c.acknowledged.Load() > before+100 })
	stop()
	c.check(t, s, now, keys...)
}
