package linearizable_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/memstore"
)

// weather is a store that loses some requests and replies of updates and deletions while it is bad.
type weather struct {
	*memstore.Store
	bad *atomic.Bool
	// lost says what the caller is told when the reply of what was done is lost; nil: the truth.
	lost error
	// again does what was done already, after a lost reply.
	again bool
}

func (s weather) luck() int {
	if !s.bad.Load() {
		return 0
	}
	return rand.IntN(5)
}

func (s weather) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	switch s.luck() {
	case 1: // the request is lost
		return driver.Result{}, driver.ErrUnavailable
	case 2: // the request arrives late
		time.AfterFunc(time.Duration(rand.IntN(10_000))*time.Microsecond, func() { _, _ = s.Store.Update(context.WithoutCancel(ctx), now, k, u) })
		return driver.Result{}, driver.ErrUnknownOutcome
	case 3: // the reply is lost
		res, err := s.Store.Update(ctx, now, k, u)
		switch {
		case s.again && u.Renew == nil:
			return s.Store.Update(ctx, now, k, u)
		case s.lost != nil && err == nil:
			return driver.Result{}, s.lost
		}
		return res, err
	}
	return s.Store.Update(ctx, now, k, u)
}

func (s weather) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	switch s.luck() {
	case 1:
		return driver.ErrUnavailable
	case 2, 3:
		err := s.Store.Delete(ctx, now, k)
		if s.lost != nil && err == nil {
			return s.lost
		}
		return err
	}
	return s.Store.Delete(ctx, now, k)
}

func badWeather(t *testing.T, lost error, again bool, histories int) linearizable.Report {
	var bad atomic.Bool
	store := inMemory(func(s *memstore.Store) driver.Store { return weather{s, &bad, lost, again} })
	o := &linearizable.Options{Processes: 1, Histories: histories, Dir: os.Getenv(dirVariable)}
	o.Nemesis = func(ctx context.Context) {
		bad.Store(true)
		defer bad.Store(false)
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
	return linearizable.Run(t, store, o)
}

// TestNemesis judges a store that says the truth in bad weather.
func TestNemesis(t *testing.T) {
	report := badWeather(t, driver.ErrUnknownOutcome, false, 240)
	if report.Unknown < 24 || report.Refused < 24 {
		t.Errorf("%+v", report)
	}
}

// nemesisMutants are stores that do not.
var nemesisMutants = []struct {
	name  string
	lost  error
	again bool
}{
	{"says that nothing was done", driver.ErrUnavailable, false},
	{"takes a lost reply for a full store", driver.ErrFull, false},
	{"blames the context", context.DeadlineExceeded, false},
	{"finds nothing", driver.ErrNotFound, false},
	{"knows and does not know", errors.Join(driver.ErrUnknownOutcome, driver.ErrUnavailable), false},
	{"does it again", nil, true},
}

// TestNemesisMutants runs this test binary once more for every one of them, and expects it to be found.
func TestNemesisMutants(t *testing.T) {
	name, child := os.LookupEnv(mutantVariable)
	for _, m := range nemesisMutants {
		if child && m.name == name {
			badWeather(t, m.lost, m.again, histories)
		}
		if child {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNemesisMutants$")
			cmd.Env = append(os.Environ(), mutantVariable+"="+m.name, dirVariable+"="+t.TempDir())
			expectFound(t, cmd)
		})
	}
}
