package redisstore

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

func TestOpen(t *testing.T) {
	prefix := freshPrefix()
	s, err := Open(t.Context(), "redis://"+address+"/0?timeout=2s&prefix="+prefix, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	k, now := create(t, s, "ann", `{"n":1}`)
	counts(t, s, k, now, 1)
	same := newStore(t, address, Options{Prefix: prefix})
	counts(t, same, k, now, 1)
	s.Close()
	storetest.Fails(t, s, k, now, 300*time.Millisecond, driver.ErrUnavailable)
}

func TestOpenSocket(t *testing.T) {
	socket := t.TempDir() + "/redis.sock"
	newServer(t, "--unixsocket", socket)
	s, err := Open(t.Context(), "unix://"+socket+"?db=3", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	k, now := create(t, s, "", `{"n":1}`)
	counts(t, s, k, now, 1)
}

// TestOpenRefused has URLs that name nothing to connect to. What they hold as a password must not be in the error.
func TestOpenRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	l.Close()
	for _, url := range []string{
		"", "redis", "redis://:secret@local\nhost", "redis://:secret@localhost/0?timeout=\n", "localhost:6379", "http://:secret@localhost", "redis+ring://:secret@localhost", "redis://:secret@[::1", "redis://:sec%ret@localhost",
		"redis://:secret@localhost/x", "redis://:secret@localhost/0?timeout=5", "redis://:secret@localhost/0?replicas=one",
		"redis://:secret@localhost/0?cache_ttl=-", "redis://:secret@localhost/0?timeout=-1s", "redis+cluster://:secret@localhost/1", "redis+sentinel://:secret@localhost",
		"redis://:secret@" + nobody, "redis+cluster://:secret@" + nobody, "redis+sentinel://:secret@" + nobody + "?master_set=main",
	} {
		s, err := Open(t.Context(), url, nil)
		if err == nil {
			s.Close()
			t.Errorf("%s: no error", url)
			continue
		}
		if strings.Contains(url, nobody) != errors.Is(err, driver.ErrUnavailable) || strings.Contains(err.Error(), "sec") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v", url, err)
		}
	}
	for name, o := range map[string]Options{"Timeout": {Timeout: -1}, "Replicas": {Replicas: -1}, "CacheTTL": {CacheTTL: -1}} {
		_, err := New(nil, &o)
		if want := "redisstore: " + name + ": must not be negative"; err == nil || err.Error() != want {
			t.Errorf("New: error %v, want %s", err, want)
		}
		if _, err := Open(t.Context(), "redis://"+nobody, &o); err == nil || errors.Is(err, driver.ErrUnavailable) {
			t.Errorf("Open with a negative %s: error %v", name, err)
		}
	}
}

// TestIndexUpkeep holds the index of a user to what makes it reliable, and small.
func TestIndexUpkeep(t *testing.T) {
	s := newStore(t, address, Options{})
	ctx := context.Background()
	k, now := create(t, s, "ann", `{}`)
	key := s.userKey("ann")
	score := func() int64 {
		f, err := s.client.Do(ctx, s.client.B().Zscore().Key(key).Member(k.ID.String()).Build()).AsFloat64()
		if err != nil {
			t.Fatal(err)
		}
		return int64(f)
	}
	for i := range 20 { // a life that goes on and on
		now = now.Add(50 * time.Minute)
		res, err := s.Update(ctx, now, k, &driver.Update{MaxAge: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if got := score(); got < res.Expires.UnixMilli() {
			t.Fatalf("after %d extensions the session outlives its entry by %d ms", i+1, res.Expires.UnixMilli()-got)
		}
		left, err := s.client.Do(ctx, s.client.B().Pttl().Key(key).Build()).AsInt64()
		if err != nil || time.Now().UnixMilli()+left < res.Expires.UnixMilli() {
			t.Fatalf("after %d extensions the session outlives the index, which has %d ms left (error: %v)", i+1, left, err)
		}
	}

	for range 50 { // what sessions that have expired left behind
		do(t, s.client, "ZADD", key, timeText(time.Now().Add(-time.Hour)), storetest.NewKey().ID.String())
	}
	k2, _ := create(t, s, "ann", `{}`)
	ids, err := s.indexed(ctx, new(retry.Patience), "ann")
	if err != nil || len(ids) != 2 {
		t.Errorf("the index has %d entries, want 2 (error: %v)", len(ids), err)
	}
	if err := s.Delete(ctx, now, k); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.DeleteMany(ctx, now, driver.Selection{User: "ann"}, driver.ID{}, 10); err != nil {
		t.Fatal(err)
	}
	if n, err := s.client.Do(ctx, s.client.B().Exists().Key(key, s.sessionKey(k.ID), s.sessionKey(k2.ID)).Build()).AsInt64(); n != 0 || err != nil {
		t.Errorf("%d keys are left behind (error: %v)", n, err)
	}
}
