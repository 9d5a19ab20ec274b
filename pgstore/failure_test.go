package pgstore

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"

	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

func TestServerDown(t *testing.T) { everyWay(t, testServerDown) }

func testServerDown(t *testing.T, w way) {
	srv := testserver.NewPostgres(t)
	s := w.migrated(t, srv.URL, nil)
	k, now := create(t, s, "ann", `{"n":1}`)
	must(t, srv.Crash())
	// What was under way on a connection that breaks is unknown; nobody listens to the next try.
	storetest.Fails(t, s, k, now, 300*time.Millisecond, driver.ErrUnavailable, driver.ErrUnknownOutcome)
	storetest.Fails(t, s, k, now, 300*time.Millisecond, driver.ErrUnavailable)
	must(t, srv.Restart())
	counts(t, s, k, now, 1)
}

// TestServerBack has a server that comes back while a call waits: nobody notices.
func TestServerBack(t *testing.T) { everyWay(t, testServerBack) }

func testServerBack(t *testing.T, w way) {
	srv := testserver.NewPostgres(t)
	s := w.migrated(t, srv.URL, &Options{Timeout: time.Minute})
	k, now := create(t, s, "", `{"n":1}`)
	must(t, srv.Crash())
	storetest.Outlasts(t, s, k, now, func() { must(t, srv.Restart()) })
	counts(t, s, k, now, 2)
}

// TestServerStopped has a server that is there and does nothing for a while.
func TestServerStopped(t *testing.T) { everyWay(t, testServerStopped) }

func testServerStopped(t *testing.T, w way) {
	srv := testserver.NewPostgres(t)
	s := w.migrated(t, srv.URL, nil)
	k, now := create(t, s, "ann", `{"n":0}`)
	storetest.Paused(t, s, k, now, func() { must(t, srv.Pause()) }, func() { must(t, srv.Resume()) })
}

func TestStrangers(t *testing.T) { everyWay(t, testStrangers) }

func testStrangers(t *testing.T, w way) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	config := s.server.(pool).Config().ConnConfig
	for name, url := range map[string]string{
		"wrong password":   with(t, serverURL, "user", config.User+":not-the-password"),
		"unknown user":     with(t, serverURL, "user", "nobody:not-the-password"),
		"unknown database": with(t, serverURL, "database", "nowhere"),
	} {
		stranger := w.open(t, url, 0, &Options{Schema: s.schema})
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

func TestPoolClosed(t *testing.T) { everyWay(t, testPoolClosed) }

func testPoolClosed(t *testing.T, w way) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	closed := w.open(t, serverURL, 0, &Options{Schema: s.schema})
	counts(t, closed, k, now, 1)
	closed.closeServer(t)
	storetest.Fails(t, closed, k, now, 10*time.Second, driver.ErrUnavailable)
	counts(t, s, k, now, 1)
}

// TestPoolExhausted has no connection left: nothing was sent, so nothing is unknown.
func TestPoolExhausted(t *testing.T) { everyWay(t, testPoolExhausted) }

func testPoolExhausted(t *testing.T, w way) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	far := w.open(t, serverURL, 1, &Options{Schema: s.schema})
	far.hold(t)
	storetest.Fails(t, far, k, now, 200*time.Millisecond, context.DeadlineExceeded)
	storetest.NamesRefusal(t, far, k, now, "all 1 connections of the pool are in use")
	_, err := far.Update(within(t, 200*time.Millisecond), now, k, inc("n"))
	if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("error %v, want %v", err, driver.ErrUnavailable)
	}
	counts(t, s, k, now, 1)
}

// TestDatabaseExhausted has a program that waits for a session while it holds the one connection that it has, for as long as it takes.
func TestDatabaseExhausted(t *testing.T) {
	for _, w := range []way{byPgx, byPq} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			s := w.migrated(t, serverURL, &Options{Schema: freshSchema(t)})
			k, now := create(t, s, "ann", `{"n":1}`)
			single := w.open(t, serverURL, 1, &Options{Schema: s.schema, Timeout: time.Millisecond})
			counts(t, single, k, now, 1)
			single.hold(t)
			_, err := single.Update(context.Background(), now, k, inc("n"))
			if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) || !strings.Contains(err.Error(), "all 1 connections of the pool are in use") {
				t.Errorf("error %v, want %v that says why", err, driver.ErrUnavailable)
			}
			counts(t, s, k, now, 1)
		})
	}
}

func TestReadOnly(t *testing.T) { everyWay(t, testReadOnly) }

func testReadOnly(t *testing.T, w way) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	readOnly := w.open(t, with(t, serverURL, "default_transaction_read_only", "on"), 0, &Options{Schema: s.schema, Timeout: time.Minute})
	storetest.NamesRefusal(t, readOnly, k, now, "read-only (SQLSTATE 25006)")
	readOnly.timeout = 50 * time.Millisecond
	_, _, err := readOnly.newOperation(now, k, inc("n")).locked(t.Context(), append(guard(now, k), []string{"n"}), []string{"n"})
	if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("in a transaction: error %v, want %v", err, driver.ErrUnavailable)
	}
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
