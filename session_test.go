package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

type call = func(ctx context.Context, s *atomicsession.Session) error

func get(path string) call {
	return func(ctx context.Context, s *atomicsession.Session) error {
		_, _, err := atomicsession.Path(path).Get(ctx, s)
		return err
	}
}

func take(path string) call {
	return func(ctx context.Context, s *atomicsession.Session) error {
		_, _, err := atomicsession.Path(path).Take(ctx, s)
		return err
	}
}

func update(changes ...atomicsession.Change) call {
	return func(ctx context.Context, s *atomicsession.Session) error { return s.Update(ctx, changes...) }
}

func renew(changes ...atomicsession.Change) call {
	return func(ctx context.Context, s *atomicsession.Session) error { return s.Renew(ctx, changes...) }
}

func reset(changes ...atomicsession.Change) call {
	return func(ctx context.Context, s *atomicsession.Session) error { return s.Reset(ctx, changes...) }
}

func info(ctx context.Context, s *atomicsession.Session) error { _, _, err := s.Info(ctx); return err }

func exists(ctx context.Context, s *atomicsession.Session) error { _, err := s.Exists(ctx); return err }

func user(ctx context.Context, s *atomicsession.Session) error { _, err := s.User(ctx); return err }

func document(ctx context.Context, s *atomicsession.Session) error {
	_, err := s.Document(ctx)
	return err
}

func csrfToken(ctx context.Context, s *atomicsession.Session) error {
	_, err := s.CSRFToken(ctx)
	return err
}
func refresh(ctx context.Context, s *atomicsession.Session) error { return s.Refresh(ctx) }
func touch(ctx context.Context, s *atomicsession.Session) error   { return s.Touch(ctx) }
func destroy(ctx context.Context, s *atomicsession.Session) error { return s.Destroy(ctx) }

func TestFreshSessionHasANewID(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	old, oldToken := firstInfo(t, b), b.token()
	if err := b.clone().do(destroy); err != nil {
		t.Fatal(err)
	}
	b.must(atomicsession.Path("b").Set(2))
	if fresh := firstInfo(t, b); fresh.ID == old.ID || b.token() == oldToken {
		t.Error("the fresh session has the ID or the token of the one that ended")
	}
	b.wantDocument(`{"b":2}`)
}

func firstInfo(t *testing.T, b *browser) atomicsession.Info {
	t.Helper()
	info, ok := b.info()
	if !ok {
		t.Fatal("no session")
	}
	return info
}

// Times are in UTC and in milliseconds, whatever the clock tells.
func TestInfo(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 123_987_654, time.FixedZone("", 3600))
	m := newManager(t, newStore(), &atomicsession.Options{MaxAge: time.Hour, Now: func() time.Time { return now }})
	err := request(t, m, "", func(ctx context.Context, s *atomicsession.Session) error {
		err := s.Renew(ctx, atomicsession.User("ann"), atomicsession.Label("Firefox"))
		got, ok, infoErr := s.Info(ctx)
		at := time.Date(2026, 3, 1, 11, 0, 0, 123_000_000, time.UTC)
		want := atomicsession.Info{
			ID: got.ID, User: "ann", Label: "Firefox", Created: at, LastUsed: at, Expires: at.Add(time.Hour), Authenticated: at, Current: true,
		}
		if !reflect.DeepEqual(got, want) || !ok || got.ID.IsZero() {
			t.Errorf("got %+v, %v, want %+v", got, ok, want)
		}
		return errors.Join(err, infoErr)
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRefreshSeesOtherRequests(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		before, _, err := atomicsession.NewKey[int]("a").Get(ctx, s)
		b.must(atomicsession.Path("a").Inc(1), atomicsession.Path("b").Set(true))
		same, _, _ := atomicsession.NewKey[int]("a").Get(ctx, s)
		if err := s.Refresh(ctx); err != nil {
			return err
		}
		after, _, _ := atomicsession.NewKey[int]("a").Get(ctx, s)
		if before != 1 || same != 1 || after != 2 {
			t.Errorf("read %d, then %d, and %d after Refresh", before, same, after)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// One handle may be used by many goroutines: all their updates count, and reads meet no race.
func TestOneHandleInParallel(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	const n = 32
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				if err := s.Update(ctx, atomicsession.Path("n").Inc(1), atomicsession.Path(fmt.Sprint("k", i)).Set(i)); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				_, _, _ = atomicsession.Path("n").Get(ctx, s)
				_, _ = s.Document(ctx)
				_, _, _ = s.Info(ctx)
				_ = s.Refresh(ctx)
			})
		}
		wg.Wait()
		got, _, err := atomicsession.NewKey[int]("n").Get(ctx, s)
		if got != n {
			t.Errorf("counted %d of %d", got, n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	wantRows(t, site.store, 1)
}

// What other libraries lose: updates of requests that overlap.
func TestParallelRequests(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("n").Set(0))
	const n = 50
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if err := b.update(atomicsession.Path("n").Inc(1), atomicsession.Path("list").Push(1)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if want := fmt.Sprintf(`{"list":[1%s],"n":%d}`, strings.Repeat(",1", n-1), n); b.document() != want {
		t.Errorf("the document is %s", b.document())
	}
}

func TestStoreAttachedLate(t *testing.T) {
	m := newManager(t, nil, nil)
	site := &site{t: t, store: newStore(), sessions: m}
	for name, f := range map[string]call{"Update": update(atomicsession.Path("a").Set(1)), "Renew": renew(), "CSRFToken": csrfToken} {
		if err := request(t, m, "", f); !errors.Is(err, atomicsession.ErrNoStore) || atomicsession.StatusCode(err) != 503 {
			t.Errorf("%s without a store: %v", name, err)
		}
	}
	for name, f := range map[string]func() error{
		"Ping":         func() error { return m.Ping(t.Context()) },
		"Sweep":        func() error { _, err := m.Sweep(t.Context()); return err },
		"UserSessions": func() error { _, err := m.UserSessions(t.Context(), "42"); return err },
	} {
		if err := f(); !errors.Is(err, atomicsession.ErrNoStore) {
			t.Errorf("%s without a store: %v", name, err)
		}
	}
	if err := m.Attach(nil); err == nil {
		t.Error("Attach took a nil store")
	}
	if err := m.Attach(site.store); err != nil {
		t.Fatal(err)
	}
	if err := request(t, m, "", update(atomicsession.Path("a").Set(1))); err != nil {
		t.Error(err)
	}
	if err := m.Attach(newStore()); err == nil {
		t.Error("Attach took a second store")
	}
	if err := m.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
