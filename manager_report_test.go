package atomicsession_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// sink collects what a manager reports, from any goroutine.
type sink struct {
	mu   sync.Mutex
	log  bytes.Buffer
	errs []error
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

func (s *sink) onError(_ context.Context, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errs = append(s.errs, err)
}

func (s *sink) options() *atomicsession.Options {
	logger := slog.New(slog.NewTextHandler(s, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return &atomicsession.Options{Logger: logger, OnError: s.onError}
}

// A store that is down is an error for whoever needs the session, and never an empty or a new session.
func TestStoreDown(t *testing.T) {
	for _, down := range []error{driver.ErrUnavailable, driver.ErrUnknownOutcome, driver.ErrFull, driver.ErrCorrupt, errors.New("boom")} {
		sink := new(sink)
		site := newSite(t, sink.options())
		b := site.browser()
		b.must(atomicsession.Path("a").Set(1))
		token := b.token()
		site.store.fail(down)
		resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			for name, err := range everyCall(r.Context(), s) {
				if name == "VerifyCSRF" { // refused without the store
					continue
				}
				if !errors.Is(err, down) || atomicsession.StatusCode(err) != http.StatusServiceUnavailable {
					t.Errorf("%s with a store that answers %v: %v", name, down, err)
				}
			}
		})
		if sessionCookie(resp) != nil || b.token() != token {
			t.Errorf("%v: the cookie was changed", down)
		}
		if got := len(sink.errs); got != len(everyCall(t.Context(), site.sessions.Get(t.Context())))-1 {
			t.Errorf("%v: the hook got %d errors", down, got)
		}
		if !strings.Contains(sink.log.String(), "level=ERROR") {
			t.Errorf("%v: the log is %s", down, &sink.log)
		}
		stranger := site.browser()
		if err := stranger.do(get("a")); err != nil {
			t.Errorf("a visitor without a cookie needs no store: %v", err)
		}
		if err := stranger.update(atomicsession.Path("a").Set(1)); !errors.Is(err, down) || stranger.token() != "" {
			t.Errorf("a new session: %v, cookie %q", err, stranger.token())
		}
		site.store.before(nil)
		b.wantDocument(`{"a":1}`)
	}
}

// A store that does not answer is given up after StoreTimeout, or with the request.
func TestStoreStalls(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	site.store.before(func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() })
	hasty := newManager(t, site.store, &atomicsession.Options{StoreTimeout: 20 * time.Millisecond, Now: site.clock.now})
	for name, f := range map[string]call{"Get": get("a"), "Update": update(atomicsession.Path("a").Set(2)), "Destroy": destroy} {
		err := request(t, hasty, b.token(), f)
		if !errors.Is(err, context.DeadlineExceeded) || atomicsession.StatusCode(err) != http.StatusServiceUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := hasty.Ping(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Ping: %v", err)
	}
	patient := newManager(t, site.store, &atomicsession.Options{StoreTimeout: time.Hour, Now: site.clock.now})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := request(t, patient, b.token(), func(_ context.Context, s *atomicsession.Session) error { return s.Refresh(ctx) })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with the caller's deadline: %v", err)
	}
	site.store.before(nil)
	b.wantDocument(`{"a":1}`)
}

// Errors that are not the store's fault are the caller's alone, and so is a client that has gone away.
func TestHookAndLogAreForTheStoresFaults(t *testing.T) {
	sink := new(sink)
	site := newSite(t, sink.options())
	b := site.browser()
	b.must(atomicsession.Path("a").Set("x"))
	for name, f := range map[string]call{
		"path":      update(atomicsession.Path("").Set(1)),
		"type":      update(atomicsession.Path("a").Inc(1)),
		"condition": update(atomicsession.If(atomicsession.Path("a").Absent())),
		"too large": update(atomicsession.Path("b").Set(strings.Repeat("x", 2<<20))),
		"user":      update(atomicsession.User("42")),
		"csrf":      csrfTokenless,
		"no user": func(ctx context.Context, s *atomicsession.Session) error {
			_, err := s.RevokeOthers(ctx)
			return err
		},
		"cancelled": func(ctx context.Context, s *atomicsession.Session) error {
			ctx, cancel := context.WithCancel(ctx)
			site.store.before(func(ctx context.Context, _ string) error { cancel(); return ctx.Err() })
			defer site.store.before(nil)
			err := s.Refresh(ctx)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("with a cancelled context: %v", err)
			}
			return err
		},
	} {
		if err := b.do(f); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if len(sink.errs) > 0 || strings.Contains(sink.log.String(), "ERROR") {
		t.Errorf("the hook got %v, the log %s", sink.errs, &sink.log)
	}
}

// The log tells the life of a session by its ID, and nothing that is secret: no token, no value, no user's data.
func TestLogHoldsNoSecrets(t *testing.T) {
	sink := new(sink)
	site := newSite(t, sink.options())
	b := site.browser()
	var tokens []string
	step := func(f call) {
		_ = b.do(f)
		if token := b.token(); token != "" {
			tokens = append(tokens, token)
		}
	}
	step(update(atomicsession.Path("a").Set("treasure")))
	id := firstInfo(t, b).ID
	step(renew(atomicsession.Path("b").Set("treasure"), atomicsession.User("42")))
	step(reset(atomicsession.Path("a").Set("treasure")))
	step(update(atomicsession.Path("a").Inc(1)))
	site.store.fail(driver.ErrUnavailable)
	step(update(atomicsession.Path("a").Set("treasure")))
	site.store.before(nil)
	step(destroy)
	log := sink.log.String()
	for _, want := range []string{"session begun", "session renewed", "session destroyed", "session store failed", id.String()} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
	errs := fmt.Sprintf("%+v", sink.errs)
	if tokens = slices.Compact(tokens); len(tokens) < 3 {
		t.Fatalf("only %d tokens were handed out", len(tokens))
	}
	for _, token := range tokens {
		for _, secret := range []string{token, token[22:64], "treasure"} {
			if strings.Contains(log, secret) || strings.Contains(errs, secret) {
				t.Errorf("%q was reported:\n%s\n%s", secret, log, errs)
			}
		}
	}
}

// A Refresh that fails leaves nothing that would be taken for fresh.
func TestRefreshFails(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		err := s.Update(ctx, atomicsession.Path("a").Set(2))
		site.store.fail(driver.ErrUnavailable)
		if err := s.Refresh(ctx); !errors.Is(err, driver.ErrUnavailable) {
			t.Errorf("Refresh: %v", err)
		}
		if v, _, err := atomicsession.Path("a").Get(ctx, s); !errors.Is(err, driver.ErrUnavailable) {
			t.Errorf("a read after that: %v, %v", v, err)
		}
		site.store.before(nil)
		v, _, getErr := atomicsession.Path("a").Get(ctx, s)
		if v != int64(2) {
			t.Errorf("read %v in the end", v)
		}
		return errors.Join(err, getErr)
	})
	if err != nil {
		t.Error(err)
	}
}
