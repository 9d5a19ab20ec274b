package redisstore

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// do runs a command that a test needs of the server itself.
func do(t *testing.T, c rueidis.Client, args ...string) {
	t.Helper()
	if err := c.Do(context.Background(), c.B().Arbitrary(args...).Build()).Error(); err != nil {
		t.Fatalf("%s: %v", args[0], err)
	}
}

func TestServerDown(t *testing.T) {
	srv := newServer(t)
	s := newStore(t, srv.Addr, Options{})
	k, now := create(t, s, "ann", `{"n":1}`)
	srv.Kill()
	storetest.Fails(t, s, k, now, 300*time.Millisecond, driver.ErrUnavailable, driver.ErrUnknownOutcome)
	must(t, srv.Restart())
	if _, err := s.Load(context.Background(), now, k); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("after the restart: error %v, want %v", err, driver.ErrNotFound)
	}
}

// TestServerBack has a server that comes back while a call waits: nobody notices.
func TestServerBack(t *testing.T) {
	srv := newServer(t, "--appendonly", "yes", "--appendfsync", "always")
	s := newStore(t, srv.Addr, Options{Timeout: time.Minute})
	k, now := create(t, s, "", `{"n":1}`)
	srv.Kill()
	storetest.Outlasts(t, s, k, now, func() { must(t, srv.Restart()) })
	counts(t, s, k, now, 2)
}

// TestLoading has a server that is still reading its data when it is asked.
func TestLoading(t *testing.T) {
	srv := newServer(t)
	o := Options{Prefix: freshPrefix(), Timeout: time.Minute}
	s := newStore(t, srv.Addr, o)
	k, now := create(t, s, "", `{"n":1}`)
	for range 200 {
		create(t, s, "", `{}`)
	}
	do(t, s.client, "SAVE")
	srv.Kill()
	srv.Options = append(srv.Options, "--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024") // 20 ms for each
	must(t, srv.Restart())
	o.Timeout = 100 * time.Millisecond
	hasty := newStore(t, srv.Addr, o)
	_, err := hasty.Update(context.Background(), now, k, inc("n"))
	if !errors.Is(err, driver.ErrUnavailable) || !strings.Contains(err.Error(), "LOADING") {
		t.Errorf("error %v, want %v because it is loading", err, driver.ErrUnavailable)
	}
	if _, err := s.Update(context.Background(), now, k, inc("n")); err != nil {
		t.Errorf("an update that outlasts the loading: %v", err)
	}
	counts(t, s, k, now, 2)
}

func TestServerStopped(t *testing.T) {
	srv := newServer(t)
	s := newStore(t, srv.Addr, Options{})
	k, now := create(t, s, "ann", `{"n":0}`)
	storetest.Paused(t, s, k, now, func() { must(t, srv.Pause()) }, func() { must(t, srv.Resume()) })
}

func TestPassword(t *testing.T) {
	srv := newServer(t)
	s := newStore(t, srv.Addr, Options{})
	k, now := create(t, s, "ann", `{"n":1}`)
	admin := newClient(t, srv.Addr)
	do(t, admin, "CONFIG", "SET", "requirepass", "right")
	do(t, admin, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
	storetest.Fails(t, s, k, now, 300*time.Millisecond, driver.ErrUnavailable, driver.ErrUnknownOutcome) // unknown where a connection broke first
	storetest.Fails(t, s, k, now, 300*time.Millisecond, driver.ErrUnavailable)
	_, err := Open(t.Context(), "redis://:wrong@"+srv.Addr, nil)
	if !errors.Is(err, driver.ErrUnavailable) || strings.Contains(err.Error(), "wrong@") {
		t.Errorf("Open with a wrong password: error %v", err)
	}
	right, err := Open(t.Context(), "redis://:right@"+srv.Addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	right.Close()
}

// TestRefusals has a server that refuses to write for reasons of its own.
func TestRefusals(t *testing.T) {
	srv := newServer(t)
	o := Options{Prefix: freshPrefix()}
	s := newStore(t, srv.Addr, o)
	o.Timeout = 200 * time.Millisecond
	hasty := newStore(t, srv.Addr, o)
	ctx := context.Background()
	k, now := create(t, s, "ann", `{"n":1}`)
	admin := newClient(t, srv.Addr)
	for _, c := range []struct {
		name, setting, refuse, allow string
		want                         error
	}{
		{"full", "maxmemory", "1", "0", driver.ErrFull},
		{"too few replicas", "min-replicas-to-write", "1", "0", driver.ErrUnavailable},
	} {
		do(t, admin, "CONFIG", "SET", c.setting, c.refuse)
		if errors.Is(c.want, driver.ErrUnavailable) {
			storetest.NamesRefusal(t, s, k, now, "NOREPLICAS")
		}
		for _, p := range []driver.Path{"n", "a.b"} {
			if _, err := hasty.Update(ctx, now, k, inc(p)); !errors.Is(err, c.want) || errors.Is(err, driver.ErrUnknownOutcome) {
				t.Errorf("%s: error %v, want %v", c.name, err, c.want)
			}
		}
		if _, err := s.Load(ctx, now, k); err != nil {
			t.Errorf("%s: Load: %v", c.name, err)
		}
		do(t, admin, "CONFIG", "SET", c.setting, c.allow)
		counts(t, s, k, now, 1)
	}

	do(t, admin, "REPLICAOF", "127.0.0.1", "1") // now it is read-only
	storetest.NamesRefusal(t, s, k, now, "READONLY")
	if _, err := hasty.Update(ctx, now, k, inc("n")); !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("read-only: error %v, want %v", err, driver.ErrUnavailable)
	}
	storetest.Outlasts(t, s, k, now, func() { do(t, admin, "REPLICAOF", "NO", "ONE") })
	counts(t, s, k, now, 2)
}

func TestFlushes(t *testing.T) {
	s := newStore(t, newServer(t).Addr, Options{})
	ctx := context.Background()
	k, now := create(t, s, "", `{"n":1}`)
	do(t, s.client, "SCRIPT", "FLUSH")
	if _, err := s.Update(ctx, now, k, inc("n")); err != nil {
		t.Errorf("after SCRIPT FLUSH: %v", err)
	}
	counts(t, s, k, now, 2)
	do(t, s.client, "FLUSHALL")
	if _, err := s.Update(ctx, now, k, inc("n")); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("after FLUSHALL: error %v, want %v", err, driver.ErrNotFound)
	}
}

// TestForeign puts what is no session where one should be.
func TestForeign(t *testing.T) {
	s := newStore(t, address, Options{})
	for name, spoil := range map[string]func(key string){
		"string":           func(key string) { do(t, s.client, "SET", key, "x") },
		"foreign hash":     func(key string) { do(t, s.client, "HSET", key, "x", "y") },
		"expiry is a word": func(key string) { do(t, s.client, "HSET", key, fieldExpires, "soon") },
		"lifetime is word": func(key string) { do(t, s.client, "HSET", key, fieldLifetime, "long") },
		"no time of use":   func(key string) { do(t, s.client, "HDEL", key, fieldUsed) },
		"field is no JSON": func(key string) { do(t, s.client, "HSET", key, "n", "bare word") },
	} {
		k, now := create(t, s, "", `{"a":{"b":1},"n":1}`)
		key := s.sessionKey(k.ID)
		if name == "string" || name == "foreign hash" {
			do(t, s.client, "DEL", key)
		}
		spoil(key)
		before := dump(t, s, key)
		calls := storetest.Methods(s, k, now)
		names := []string{"Update", "Load"}
		if name == "string" || name == "foreign hash" {
			names = append(names, "Update, nested", "Delete")
		}
		for _, method := range names {
			if err := calls[method](context.Background()); !errors.Is(err, driver.ErrCorrupt) {
				t.Errorf("%s: %s: error %v, want %v", name, method, err, driver.ErrCorrupt)
			}
		}
		if dump(t, s, key) != before {
			t.Errorf("%s: it was changed", name)
		}
	}
}

// TestNoReplica has fewer replicas than asked for, until the time of the calls is over.
func TestNoReplica(t *testing.T) {
	srv := newServer(t)
	alone := newStore(t, srv.Addr, Options{Prefix: "p:"})
	s := newStore(t, srv.Addr, Options{Timeout: time.Minute, Replicas: 1, Prefix: "p:"})
	for name := range storetest.Methods(s, driver.Key{}, time.Now()) {
		if strings.HasPrefix(name, "Load") || name == "List" {
			continue
		}
		k, now := create(t, alone, "ann", `{"n":1,"a":{"b":1}}`)
		err := storetest.Methods(s, k, now)[name](storetest.Within(t, 500*time.Millisecond))
		if err == nil || !strings.Contains(err.Error(), "replicas have received it") {
			t.Errorf("%s: error %v does not say that replicas are missing", name, err)
		}
	}
}
