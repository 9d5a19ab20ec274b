package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Methods calls every method of the store on a session of the user ann, with updates of every kind that may take a way of its
// own, for failures that they have in common.
func Methods(s driver.Store, k driver.Key, now time.Time) map[string]func(ctx context.Context) error {
	byUser := driver.UserKey(k.ID, "ann")
	update := func(u *driver.Update) func(ctx context.Context) error {
		return func(ctx context.Context) error { _, err := s.Update(ctx, now, k, u); return err }
	}
	methods := map[string]func(ctx context.Context) error{
		"Create": func(ctx context.Context) error {
			other := NewKey()
			meta := driver.Meta{ID: other.ID, User: "ann", Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}
			return s.Create(ctx, other.Verifier, driver.Record{Meta: meta})
		},
		"Load":           func(ctx context.Context) error { _, err := s.Load(ctx, now, k); return err },
		"Update":         update(Inc("n")),
		"Update, nested": update(Inc("a.b")),
		"Update, set":    update(&driver.Update{Ops: []driver.Op{driver.Set{Path: "s", Value: driver.IntValue(1)}}}),
		"Delete":         func(ctx context.Context) error { return s.Delete(ctx, now, k) },
		"Load by user":   func(ctx context.Context) error { _, err := s.Load(ctx, now, byUser); return err },
		"Update by user": func(ctx context.Context) error { _, err := s.Update(ctx, now, byUser, Inc("n")); return err },
		"Delete by user": func(ctx context.Context) error { return s.Delete(ctx, now, byUser) },
	}
	if fields, ok := s.(driver.FieldLoader); ok {
		methods["Load fields"] = func(ctx context.Context) error {
			_, err := fields.LoadFields(ctx, now, k, []string{"a", "n"})
			return err
		}
	}
	if users, ok := s.(driver.Finder); ok {
		methods["List"] = func(ctx context.Context) error {
			_, err := users.List(ctx, now, "ann", driver.ID{}, 10)
			return err
		}
		methods["DeleteMany"] = func(ctx context.Context) error {
			_, _, err := users.DeleteMany(ctx, now, driver.Selection{User: "ann"}, driver.ID{}, 10)
			return err
		}
	}
	if sweeper, ok := s.(driver.Sweeper); ok {
		methods["Sweep"] = func(ctx context.Context) error { _, err := sweeper.Sweep(ctx, now.Add(2*time.Hour), 10); return err }
	}
	return methods
}

// Fails expects every method to return soon after the time it is given, with an error that matches one of those wanted.
func Fails(t *testing.T, s driver.Store, k driver.Key, now time.Time, limit time.Duration, want ...error) {
	t.Helper()
	for name, call := range Methods(s, k, now) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		start := time.Now()
		err := call(ctx)
		took := time.Since(start)
		cancel()
		if !Matches(err, want...) || errors.Is(err, driver.ErrNotFound) {
			t.Errorf("%s: error %v, want one of %v", name, err, want)
		}
		if took > limit+5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// NamesRefusal calls the methods that change something on a store whose server refuses that for longer than they have time. Each
// error must match the context's, and name the last refusal, whose text holds reason, in one line. The outcome is known, unless it
// is the last try that was cut short.
func NamesRefusal(t *testing.T, s driver.Store, k driver.Key, now time.Time, reason string) {
	t.Helper()
	for name, call := range Methods(s, k, now) {
		if strings.HasPrefix(name, "Load") || name == "List" || name == "Sweep" {
			continue
		}
		var err error
		known, named := false, false
		for limit := 300 * time.Millisecond; !(known && named) && limit < 10*time.Second; limit *= 2 { // a busy machine may answer late
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			err = call(ctx)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) || strings.ContainsAny(err.Error(), "\r\n") {
				break
			}
			known = !errors.Is(err, driver.ErrUnknownOutcome)
			_, last, _ := strings.Cut(err.Error(), "; last: ")
			named = strings.Contains(last, reason)
		}
		if !known || !named {
			t.Errorf("%s: error %q, want %v, and the last refusal, which holds %q, in one line", name, err, context.DeadlineExceeded, reason)
		}
	}
}

// Outlasts has an update wait for something that happens meanwhile. It must count once in the field n.
func Outlasts(t *testing.T, s driver.Store, k driver.Key, now time.Time, meanwhile func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := s.Update(ctx, now, k, Inc("n"))
		done <- err
	}()
	meanwhile()
	if err := <-done; err != nil {
		t.Errorf("an update that waited: %v", err)
	}
}

// Paused calls a server that pause stops and resume lets go on, and whose silence must cost no more than the time of the calls.
// The session has a field n.
func Paused(t *testing.T, s driver.Store, k driver.Key, now time.Time, pause, resume func()) {
	t.Helper()
	call := func(f func(ctx context.Context) error, want ...error) error {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		err := f(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !Matches(err, want...) {
			t.Errorf("error %v, want %v and one of %v", err, context.DeadlineExceeded, want)
		}
		return err
	}
	r, err := s.Load(t.Context(), now, k)
	if err != nil {
		t.Fatal(err)
	}
	before, unknown := r.Data.Get("n").Int(), int64(0)
	pause()
	defer resume()
	methods := Methods(s, k, now)
	_ = call(methods["Load"], driver.ErrUnavailable)
	for range 3 {
		if errors.Is(call(methods["Update"], driver.ErrUnavailable, driver.ErrUnknownOutcome), driver.ErrUnknownOutcome) {
			unknown++
		}
	}
	resume()
	if r, err = s.Load(t.Context(), now, k); err != nil {
		t.Fatal(err)
	}
	after := r.Data.Get("n").Int()
	if after-before > unknown {
		t.Errorf("%d updates of unknown outcome have counted %d times", unknown, after-before)
	}
	Counts(t, s, k, now, after)
}

// Matches reports whether err matches one of those wanted.
func Matches(err error, want ...error) bool {
	return slices.ContainsFunc(want, func(w error) bool { return errors.Is(err, w) })
}
