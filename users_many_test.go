package atomicsession_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// populate gives ann n sessions.
func populate(t testing.TB, s driver.Store, n int) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	for range n {
		var id driver.ID
		_, _ = rand.Read(id[:])
		meta := driver.Meta{ID: id, User: "ann", Created: now, LastUsed: now, Expires: now.Add(time.Hour)}
		if err := s.Create(t.Context(), driver.Secret{1}.Verifier(), driver.Record{Meta: meta}); err != nil {
			t.Fatal(err)
		}
	}
}

// StoreTimeout is for a call: a user with many sessions can be listed and signed out over a slow link.
func TestManySessionsOnASlowStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwo(t)
		populate(t, w.store.Store, 1998)
		w.store.before(func(ctx context.Context, _ string) error {
			time.Sleep(storeTimeout * 6 / 10)
			return ctx.Err()
		})
		list, err := w.m.UserSessions(t.Context(), "ann")
		if len(list) != 1000 || err != nil {
			t.Errorf("listed %d, %v", len(list), err)
		}
		err = w.request(func(ctx context.Context, s *atomicsession.Session) error {
			list, err := w.m.UserSessions(ctx, "ann")
			if len(list) != 1000 {
				t.Errorf("listed %d", len(list))
			}
			n, othersErr := s.RevokeOthers(ctx)
			if n != 1999 {
				t.Errorf("revoked %d others", n)
			}
			return errors.Join(err, othersErr)
		})
		if err != nil {
			t.Error(err)
		}
		populate(t, w.store.Store, 1999)
		if n, err := w.m.RevokeAll(t.Context(), "ann"); n != 2000 || err != nil {
			t.Errorf("revoked %d, %v", n, err)
		}
		wantRows(t, w.store, 0)
	})
}

// wantHalf expects an error that does not say that nothing was changed, and names the number, if some of the sessions have ended.
func wantHalf(t *testing.T, n, of int, err error) {
	t.Helper()
	if n == of && err == nil {
		return
	}
	promises := errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrFull)
	if !errors.Is(err, driver.ErrUnknownOutcome) || promises || !strings.Contains(err.Error(), fmt.Sprint(n)) || atomicsession.StatusCode(err) != 503 {
		t.Errorf("%d of %d have ended, and the error is: %v", n, of, err)
	}
}

// Whoever has no more patience gets the number of those that have ended.
func TestRevokeAllStops(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration // ctx ends
		want  int
		took  time.Duration
	}{
		{"at once", 0, 500, storeTimeout},
		{"soon", 2 * time.Second, 1000, 2*time.Second + storeTimeout},
		{"later", 5 * time.Second, 1500, 5*time.Second + storeTimeout},
		{"too late to matter", 11 * time.Second, 2000, 12 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newTwo(t)
				populate(t, w.store.Store, 1998)
				w.store.before(func(ctx context.Context, _ string) error {
					select {
					case <-time.After(storeTimeout * 6 / 10): // 3 seconds
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				})
				ctx, cancel := context.WithTimeout(t.Context(), c.after)
				defer cancel()
				begin := time.Now()
				n, err := w.m.RevokeAll(ctx, "ann")
				if n != c.want || errors.Is(err, context.DeadlineExceeded) != (n < 2000) {
					t.Errorf("revoked %d, %v; want %d", n, err, c.want)
				}
				wantHalf(t, n, 2000, err)
				if took := time.Since(begin); took != c.took {
					t.Errorf("it took %v, want %v", took, c.took)
				}
				if left := w.store.rows(t); left != 2000-n {
					t.Errorf("%d are left of 2000, and %d ended", left, n)
				}
			})
		})
	}
}

// deaf is a store that takes its time, whatever becomes of the context.
type deaf struct{ *memstore.Store }

func (s deaf) DeleteMany(
	ctx context.Context, now time.Time, which driver.Selection, after driver.ID, limit int,
) (int, driver.ID, error) {
	time.Sleep(2 * storeTimeout)
	return s.Store.DeleteMany(context.WithoutCancel(ctx), now, which, after, limit)
}

// That not all have ended is an error, even if each call to the store that was made has succeeded.
func TestRevokeAllStopsBetweenCalls(t *testing.T) {
	for _, c := range []struct{ sessions, want int }{{501, 500}, {500, 500}, {3, 3}} {
		synctest.Test(t, func(t *testing.T) {
			store := deaf{memstore.New(nil)}
			populate(t, store, c.sessions)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			n, err := newManager(t, store, &atomicsession.Options{StoreTimeout: storeTimeout}).RevokeAll(ctx, "ann")
			if n != c.want || errors.Is(err, context.DeadlineExceeded) != (n < c.sessions) {
				t.Errorf("revoked %d of %d, %v", n, c.sessions, err)
			}
			wantHalf(t, n, c.sessions, err)
		})
	}
}

// damaged cannot remove some of the records that it is asked to.
type damaged struct {
	*memstore.Store
	steps  int
	errs   map[int]error // by step
	ending bool          // the error ends the work
}

func (s *damaged) DeleteMany(
	ctx context.Context, now time.Time, which driver.Selection, after driver.ID, limit int,
) (int, driver.ID, error) {
	n, next, err := s.Store.DeleteMany(ctx, now, which, after, limit)
	s.steps++
	if failed := s.errs[s.steps]; failed != nil {
		err = failed
		if s.ending {
			next = driver.ID{}
		}
	}
	return n, next, err
}

// An error about single records keeps no others alive; any other ends the work. Both are told, with the number.
func TestRevokeAllMeetsErrors(t *testing.T) {
	one, two := errors.New("record 1 is damaged"), errors.New("record 2 is damaged")
	for _, c := range []struct {
		name        string
		errs        map[int]error
		ending      bool
		n, steps    int
		want, never error
	}{
		{"none", nil, false, 1200, 3, nil, one},
		{"in the first step", map[int]error{1: one}, false, 1200, 3, one, two},
		{"in the last step", map[int]error{3: one}, false, 1200, 3, one, two},
		{"in all steps: the first is told", map[int]error{1: one, 2: two, 3: one}, false, 1200, 3, one, two},
		{"damaged ones", map[int]error{1: driver.ErrCorrupt, 3: driver.ErrCorrupt}, false, 1200, 3, driver.ErrCorrupt, driver.ErrUnknownOutcome},
		{"of the store", map[int]error{2: driver.ErrUnavailable}, true, 1000, 2, driver.ErrUnknownOutcome, driver.ErrUnavailable},
		{"of the store at the end", map[int]error{3: driver.ErrFull}, true, 1200, 3, driver.ErrUnknownOutcome, driver.ErrFull},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := &damaged{Store: memstore.New(nil), errs: c.errs, ending: c.ending}
			populate(t, store, 1200)
			n, err := newManager(t, store, nil).RevokeAll(t.Context(), "ann")
			if n != c.n || store.steps != c.steps || !errors.Is(err, c.want) || errors.Is(err, c.never) {
				t.Errorf("revoked %d in %d steps, %v; want %d in %d, %v", n, store.steps, err, c.n, c.steps, c.want)
			}
		})
	}
}

// BenchmarkRevokeAll ends ten thousand sessions of one user.
func BenchmarkRevokeAll(b *testing.B) {
	const sessions = 10_000
	for b.Loop() {
		b.StopTimer()
		store := memstore.New(nil)
		populate(b, store, sessions)
		m := newManager(b, store, nil)
		b.StartTimer()
		if n, err := m.RevokeAll(b.Context(), "ann"); n != sessions || err != nil {
			b.Fatalf("revoked %d, %v", n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/sessions, "ns/session")
}
