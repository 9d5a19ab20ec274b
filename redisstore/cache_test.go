package redisstore

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestCache loads through client-side caching what another client updates and deletes.
func TestCache(t *testing.T) {
	srv := newServer(t)
	o := Options{Prefix: freshPrefix()}
	other := newStore(t, srv.Addr, o)
	o.CacheTTL = time.Hour
	s := newStore(t, srv.Addr, o)
	ctx := context.Background()
	k, now := create(t, other, "", `{"n":1}`)
	for range 3 {
		counts(t, s, k, now, 1) // it updates another field: its own updates make it load again, too
		waitUntil(t, "it sees its own update", func() bool {
			a, errA := s.Load(ctx, now, k)
			b, errB := other.Load(ctx, now, k)
			return errA == nil && errB == nil && driver.IdenticalDocs(a.Data, b.Data)
		})
	}
	before := 0
	waitUntil(t, "what the server says of its own update has arrived", func() bool {
		before = commandCalls(t, s)["hgetall"]
		_, err := s.Load(ctx, now, k)
		return err == nil && commandCalls(t, s)["hgetall"] == before
	})
	for range 50 {
		if _, err := s.Load(ctx, now, k); err != nil {
			t.Fatal(err)
		}
	}
	if n := commandCalls(t, s)["hgetall"] - before; n != 0 {
		t.Errorf("50 loads of a cached session were %d commands", n)
	}
	if _, err := s.Load(ctx, now, driver.Key{ID: k.ID}); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("Load of a cached session with another secret: error %v, want %v", err, driver.ErrNotFound)
	}
	if _, err := s.Load(ctx, now.Add(2*time.Hour), k); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("Load of a cached session that has expired: error %v, want %v", err, driver.ErrNotFound)
	}
	if _, err := other.Update(ctx, now, k, inc("n")); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "it sees the other client's update", func() bool {
		r, err := s.Load(ctx, now, k)
		return err == nil && r.Data.Get("n").Int() == 2
	})
	if err := other.Delete(ctx, now, k); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "it sees the other client's deletion", func() bool {
		_, err := s.Load(ctx, now, k)
		return errors.Is(err, driver.ErrNotFound)
	})
}

// heldUp returns a store whose connection passes nothing on from the server any more, and a session in its cache, loaded at a time, that
// has been deleted elsewhere since: the server's notice does not arrive.
func heldUp(t *testing.T, ttl time.Duration) (s *Store, p *faultproxy.Proxy, k driver.Key, now, loaded time.Time) {
	t.Helper()
	p = storetest.Proxy(t, address)
	o := Options{Prefix: freshPrefix()}
	other := newStore(t, address, o)
	k, now = create(t, other, "", `{"n":1}`)
	k2, _ := create(t, other, "", `{"n":2}`)
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{p.Addr()}, DisableRetry: true, AlwaysPipelining: true, ForceSingleClient: true,
		PipelineMultiplex: -1,
	}) // one connection, so that what holds up one request holds up all
	must(t, err)
	t.Cleanup(client.Close)
	o.CacheTTL = ttl
	s, err = New(client, &o)
	must(t, err)
	_, err = s.Load(t.Context(), now, k)
	must(t, err)
	loaded = time.Now()
	p.Plan(func(request []byte) faultproxy.Fault {
		if bytes.Contains(request, []byte(k2.ID.String())) {
			return faultproxy.StallReply
		}
		return faultproxy.None
	})
	if _, err := s.Load(within(t, 50*time.Millisecond), now, k2); err == nil {
		t.Fatal("the connection is not held up")
	}
	must(t, other.Delete(t.Context(), now, k))
	return s, p, k, now, loaded
}

// TestCacheBound holds the server's notice of a deletion back: the cache must not outlive its time all the same.
func TestCacheBound(t *testing.T) {
	const ttl = 500 * time.Millisecond
	s, _, k, now, loaded := heldUp(t, ttl)
	stale := 0
	for time.Since(loaded) < 3*ttl {
		start := time.Since(loaded)
		if _, err := s.Load(within(t, 20*time.Millisecond), now, k); err == nil {
			stale++
			if start > ttl {
				t.Fatalf("a deleted session was loaded %v after it had been cached for %v", start, ttl)
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Logf("%d loads from a cache that had not heard of the deletion", stale)
}

// TestCacheLost loses the connection on which the server's notice of a deletion was to come: what was cached is lost with it.
func TestCacheLost(t *testing.T) {
	s, p, k, now, _ := heldUp(t, time.Hour)
	if _, err := s.Load(t.Context(), now, k); err != nil {
		t.Fatalf("nothing is in the cache that could be old: %v", err)
	}
	p.SetDown(true)
	waitUntil(t, "it notices", func() bool {
		_, err := s.Load(within(t, 100*time.Millisecond), now, k)
		return err != nil
	})
	if _, err := s.Load(within(t, 100*time.Millisecond), now, k); !errors.Is(err, driver.ErrUnavailable) {
		t.Errorf("without a connection: error %v, want %v", err, driver.ErrUnavailable)
	}
	p.Plan(nil)
	p.SetDown(false)
	for range 3 {
		if _, err := s.Load(t.Context(), now, k); !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("connected again: error %v, want %v", err, driver.ErrNotFound)
		}
	}
}
