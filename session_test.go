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

// TestStoreCalls counts what a request costs: one row is one request.
func TestStoreCalls(t *testing.T) {
	const (
		stranger = "stranger" // no cookie
		member   = "member"   // a live session
		stale    = "stale"    // a cookie of a session that has ended
	)
	set := update(atomicsession.Path("b").Set(2))
	for _, c := range []struct {
		name  string
		who   string
		calls []call
		want  string
	}{
		{"nothing", member, nil, ""},
		{"reads of nobody", stranger, []call{get("a"), info, exists, user, document, refresh, take("a"), touch, destroy}, ""},
		{"first read loads, later ones do not", member, []call{get("a"), get("b"), info, exists, user, document}, "load"},
		{"info alone", member, []call{info, info, get("a")}, "load"},
		{"update without a load", member, []call{set}, "update"},
		{"touched field is known", member, []call{set, get("b"), get("b.c"), user, user, csrfToken}, "update"},
		{"untouched field is not", member, []call{set, get("a"), get("c")}, "update load"},
		{"document after an update", member, []call{set, document, get("a")}, "update load"},
		{"updates after a load", member, []call{get("a"), set, get("b"), get("a"), document}, "load update"},
		{"removed field is known", member, []call{update(atomicsession.Path("a").Unset()), get("a")}, "update"},
		{"taken field is known", member, []call{take("a"), get("a")}, "update"},
		{"both ends of a rename are known", member, []call{update(atomicsession.Path("a").Rename("b")), get("a"), get("b")}, "update"},
		{"field of a condition is not", member, []call{
			update(atomicsession.If(atomicsession.Path("a").Exists()), atomicsession.Path("b").Set(1)),
			get("a"),
		}, "update load"},
		{"refresh loads again", member, []call{get("a"), refresh, get("a")}, "load load"},
		{"refresh of what is not loaded", member, []call{refresh, get("a")}, "load"},
		{"touch", member, []call{touch, user}, "update"},
		{"what an update does not return", member, []call{touch, info, info, get("a")}, "update load"},
		{"renew", member, []call{renew(atomicsession.Path("b").Set(1)), get("b")}, "update"},
		{"reset", member, []call{reset(atomicsession.Path("b").Set(1)), get("a"), get("b")}, "create update"},
		{"destroy", member, []call{destroy, get("a"), info, document, destroy}, "delete"},
		{"csrf token", member, []call{csrfToken, csrfToken, get("a")}, "load"},
		{"invalid changes", member, []call{update(atomicsession.Path("$a").Set(1)), update(atomicsession.Path("a").Inc("x"))}, ""},
		{"invalid path", member, []call{get(""), get("a..b"), get("$a"), take("a.")}, ""},

		{"begin", stranger, []call{set, get("a"), get("b"), info, document}, "create"},
		{"begin by renew", stranger, []call{renew(atomicsession.User("42")), user}, "create"},
		{"begin by reset", stranger, []call{reset(), info}, "create"},
		{"begin by csrf token", stranger, []call{csrfToken, csrfToken}, "create"},
		{"begin, then update", stranger, []call{set, set}, "create update"},
		{"updates that leave nothing", stranger, []call{
			update(), update(atomicsession.Path("a").Unset()), update(atomicsession.Path("a").Pop()),
			update(atomicsession.Path("a").Rename("b")), update(atomicsession.Path("a").Pull(atomicsession.Path("").Gt(1))), renew(), info,
		}, ""},
		{"update with a condition that cannot hold", stranger, []call{update(atomicsession.If(atomicsession.Path("a").Exists()),
			atomicsession.Path("b").Set(1))}, ""},

		{"reads of what has ended", stale, []call{get("a"), info, document, csrfTokenless}, "load"},
		{"update of what has ended", stale, []call{set, get("b"), info}, "update create"},
		{"renewal of what has ended", stale, []call{renew(atomicsession.Path("b").Set(1))}, "update create"},
		{"touch of what has ended", stale, []call{touch, touch}, "update"},
		{"take from what has ended", stale, []call{take("a"), take("a")}, "update"},
		{"reset what has ended", stale, []call{reset()}, "create update delete"},
		{"destroy what has ended", stale, []call{destroy, destroy}, "delete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := newSite(t, nil)
			b := site.browser()
			if c.who != stranger {
				b.must(atomicsession.Path("a").Set(1))
			}
			if c.who == stale {
				if err := b.clone().do(destroy); err != nil {
					t.Fatal(err)
				}
			}
			site.store.took()
			_ = b.do(func(ctx context.Context, s *atomicsession.Session) error {
				for _, f := range c.calls {
					_ = f(ctx, s) // other tests look at the errors
				}
				return nil
			})
			wantCalls(t, site.store, strings.Fields(c.want)...)
		})
	}
}

// csrfTokenless is a check of a token that cannot be right.
func csrfTokenless(ctx context.Context, s *atomicsession.Session) error { return s.VerifyCSRF(ctx, "") }

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
