package pgstore

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"

	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

func TestServerDown(t *testing.T) {
	srv := testserver.NewPostgres(t)
	s := migrated(t, dial(t, srv.URL), "")
	k, now := create(t, s, "ann", `{"n":1}`)
	must(t, srv.Crash())
	// What was under way on a connection that breaks is unknown; nobody listens to the next try.
	storetest.Fails(t, s, k, now, 300*time.Millisecond, driver.ErrUnavailable, driver.ErrUnknownOutcome)
	storetest.Fails(t, s, k, now, 300*time.Millisecond, driver.ErrUnavailable)
	must(t, srv.Restart())
	counts(t, s, k, now, 1)
}

// TestServerBack has a server that comes back while a call waits: nobody notices.
func TestServerBack(t *testing.T) {
	srv := testserver.NewPostgres(t)
	s := over(t, dial(t, srv.URL), &Options{Timeout: time.Minute})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	k, now := create(t, s, "", `{"n":1}`)
	must(t, srv.Crash())
	storetest.Outlasts(t, s, k, now, func() { must(t, srv.Restart()) })
	counts(t, s, k, now, 2)
}

// TestServerStopped has a server that is there and does nothing for a while.
func TestServerStopped(t *testing.T) {
	srv := testserver.NewPostgres(t)
	s := migrated(t, dial(t, srv.URL), "")
	k, now := create(t, s, "ann", `{"n":0}`)
	storetest.Paused(t, s, k, now, func() { must(t, srv.Pause()) }, func() { must(t, srv.Resume()) })
}

func TestStrangers(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	config := s.server.(pool).Config().ConnConfig
	for name, url := range map[string]string{
		"wrong password":   with(t, serverURL, "user", config.User+":not-the-password"),
		"unknown user":     with(t, serverURL, "user", "nobody:not-the-password"),
		"unknown database": with(t, serverURL, "database", "nowhere"),
	} {
		stranger := over(t, dial(t, url), &Options{Schema: s.schema})
		for method, call := range storetest.Methods(stranger, k, now) {
			start := time.Now()
			err := call(within(t, 20*time.Second))
			if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 10*time.Second {
				t.Errorf("%s: %s: error %v after %v, want %v at once", name, method, err, time.Since(start), driver.ErrUnavailable)
			}
			if err != nil && (strings.Contains(err.Error(), "not-the-password") || strings.Contains(err.Error(), config.Password)) {
				t.Errorf("%s: %s: the error quotes a password", name, method)
			}
		}
		if err := stranger.Migrate(t.Context()); !errors.Is(err, driver.ErrUnavailable) || strings.Contains(err.Error(), "not-the-password") {
			t.Errorf("%s: Migrate: error %v, want %v", name, err, driver.ErrUnavailable)
		}
	}
	counts(t, s, k, now, 1)
}

func TestPoolClosed(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	pool := dial(t, serverURL)
	closed := over(t, pool, &Options{Schema: s.schema})
	counts(t, closed, k, now, 1)
	pool.Close()
	storetest.Fails(t, closed, k, now, 10*time.Second, driver.ErrUnavailable)
	counts(t, s, k, now, 1)
}

// TestPoolExhausted has no connection left: nothing was sent, so nothing is unknown.
func TestPoolExhausted(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	pool := dial(t, serverURL, func(c *pgxpool.Config) { c.MaxConns = 1 })
	c, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	storetest.Fails(t, over(t, pool, &Options{Schema: s.schema}), k, now, 200*time.Millisecond, context.DeadlineExceeded)
	storetest.NamesRefusal(t, over(t, pool, &Options{Schema: s.schema}), k, now, "all 1 connections of the pool are in use")
	_, err = over(t, pool, &Options{Schema: s.schema}).Update(within(t, 200*time.Millisecond), now, k, inc("n"))
	if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("error %v, want %v", err, driver.ErrUnavailable)
	}
	counts(t, s, k, now, 1)
}

func TestReadOnly(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	pool := dial(t, with(t, serverURL, "default_transaction_read_only", "on"))
	storetest.NamesRefusal(t, over(t, pool, &Options{Schema: s.schema, Timeout: time.Minute}), k, now, "read-only (SQLSTATE 25006)")
	readOnly := over(t, pool, &Options{Schema: s.schema, Timeout: 50 * time.Millisecond})
	for name, call := range storetest.Methods(readOnly, k, now) {
		err := call(within(t, 20*time.Second))
		if reads(name) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) {
			t.Errorf("%s: error %v, want %v", name, err, driver.ErrUnavailable)
		} else if !strings.Contains(err.Error(), "read-only") {
			t.Errorf("%s: the error %q does not say why", name, err)
		}
	}
	counts(t, s, k, now, 1)
}
