package redisstore

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// silent returns the address of a server that takes connections and never says a word.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// TestOpenEndsWithContext opens stores on servers that never answer.
func TestOpenEndsWithContext(t *testing.T) {
	a, b := silent(t), silent(t)
	for _, url := range []string{
		"redis://" + a, "rediss://" + a, "redis+cluster://" + a + "," + b, "redis+sentinel://" + a + "," + b + "/0?master_set=main",
		"redis://" + a + "?dial_timeout=1h", "redis+sentinel://" + a + "?master_set=main&dial_timeout=1h",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		begun := time.Now()
		s, err := Open(ctx, url, nil)
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, driver.ErrUnavailable) {
			t.Errorf("%s: error %v", url, err)
		}
		if took := time.Since(begun); took > 4*time.Second { // what dial_timeout allows by default is 5 s
			t.Errorf("%s: took %v", url, took)
		}
		cancel()

		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if _, err := Open(ctx, url, nil); !errors.Is(err, context.Canceled) || !errors.Is(err, driver.ErrUnavailable) {
			t.Errorf("%s, canceled: error %v", url, err)
		}
		if _, err := Open(ctx, url, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, canceled before: error %v", url, err)
		}
	}
}

// TestOpenOutlivesContext uses a store whose context has ended, on the first connection and on another one.
func TestOpenOutlivesContext(t *testing.T) {
	srv := newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Open(ctx, "redis://"+srv.Addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cancel()
	k, now := create(t, s, "ann", `{"n":1}`)
	counts(t, s, k, now, 1)
	do(t, newClient(t, srv.Addr), "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
	waitUntil(t, "the store connects again", func() bool {
		_, err := s.Load(t.Context(), now, k)
		return err == nil
	})
}
