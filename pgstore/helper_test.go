package pgstore

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// someKey returns the key of a session that is not there yet.
func someKey() (k driver.Key) {
	rand.Read(k.ID[:])
	rand.Read(k.Verifier[:])
	return k
}

// newRecord returns a key and a record under it that lives for an hour.
func newRecord(t testing.TB, user, doc string) (driver.Key, driver.Record) {
	t.Helper()
	data, err := driver.ParseDoc(doc)
	if err != nil {
		t.Fatal(err)
	}
	k, now := someKey(), time.Now().UTC().Truncate(time.Millisecond)
	return k, driver.Record{Meta: driver.Meta{ID: k.ID, User: user, Created: now, LastUsed: now, Expires: now.Add(time.Hour)}, Data: data}
}

// create puts a session with the document into the store.
func create(t testing.TB, s *Store, user, doc string) (driver.Key, time.Time) {
	t.Helper()
	k, r := newRecord(t, user, doc)
	if err := s.Create(context.Background(), k.Verifier, r); err != nil {
		t.Fatal(err)
	}
	return k, r.Created
}

func inc(p driver.Path) *driver.Update {
	return &driver.Update{Ops: []driver.Op{driver.Inc{Path: p, By: driver.IntValue(1)}}}
}

func set(p driver.Path, n int64) *driver.Update {
	return &driver.Update{Ops: []driver.Op{driver.Set{Path: p, Value: driver.IntValue(n)}}}
}

// counts expects the session to be there and to go on, and n to have the value.
func counts(t testing.TB, s *Store, k driver.Key, now time.Time, n int64) {
	t.Helper()
	r, err := s.Load(context.Background(), now, k)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Data.Get("n").Int(); got != n {
		t.Fatalf("n is %d, want %d", got, n)
	}
	if _, err := s.Update(context.Background(), now, k, inc("m")); err != nil {
		t.Fatal(err)
	}
}

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// methods calls every method of the store on the session of the user ann.
func methods(t testing.TB, s *Store, k driver.Key, now time.Time) map[string]func(ctx context.Context) error {
	t.Helper()
	other, r := newRecord(t, "ann", `{}`)
	return map[string]func(ctx context.Context) error{
		"Create":            func(ctx context.Context) error { return s.Create(ctx, other.Verifier, r) },
		"Load":              func(ctx context.Context) error { _, err := s.Load(ctx, now, k); return err },
		"Update":            func(ctx context.Context) error { _, err := s.Update(ctx, now, k, inc("n")); return err },
		"Update, nested":    func(ctx context.Context) error { _, err := s.Update(ctx, now, k, inc("a.b")); return err },
		"Update, set":       func(ctx context.Context) error { _, err := s.Update(ctx, now, k, set("s", 1)); return err },
		"Delete":            func(ctx context.Context) error { return s.Delete(ctx, now, k) },
		"ListUser":          func(ctx context.Context) error { _, err := s.ListUser(ctx, now, "ann", driver.ID{}, 10); return err },
		"DeleteUserSession": func(ctx context.Context) error { return s.DeleteUserSession(ctx, now, "ann", k.ID) },
		"DeleteUserSessions": func(ctx context.Context) error {
			_, err := s.DeleteUserSessions(ctx, now, "ann", driver.ID{})
			return err
		},
		"Sweep": func(ctx context.Context) error { _, err := s.Sweep(ctx, now.Add(2*time.Hour), 10); return err },
	}
}

// fails expects every method to return in a reasonable time with an error that matches one of those wanted, and that the
// session of the user ann is as it was where the error says so.
func fails(t *testing.T, s *Store, k driver.Key, now time.Time, timeout time.Duration, want ...error) {
	t.Helper()
	for name, call := range methods(t, s, k, now) {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		start := time.Now()
		err := call(ctx)
		took := time.Since(start)
		cancel()
		if !matches(err, want...) {
			t.Errorf("%s: error %v, want one of %v", name, err, want)
		}
		if took > timeout+5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func matches(err error, want ...error) bool {
	for _, w := range want {
		if errors.Is(err, w) {
			return true
		}
	}
	return false
}
