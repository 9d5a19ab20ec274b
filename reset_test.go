package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

func TestReset(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	before, old := firstInfo(t, b), b.clone()
	if err := b.do(reset(atomicsession.Path("b").Set(2), atomicsession.User("42"))); err != nil {
		t.Fatal(err)
	}
	b.wantDocument(`{"b":2}`)
	if after := firstInfo(t, b); after.ID == before.ID || after.User != "42" {
		t.Errorf("reset into %+v", after)
	}
	old.wantDocument(`{}`)
	if err := b.do(reset()); err != nil { // an empty session is one
		t.Fatal(err)
	}
	if after := firstInfo(t, b); after.User != "" {
		t.Errorf("the user %q was kept", after.User)
	}
	site.clock.advance(driver.RenewalWindow)
	if _, err := site.sessions.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRows(t, site.store, 1)
	old.must(atomicsession.Path("c").Set(3))
	old.wantDocument(`{"c":3}`)
}

// Whoever ends all sessions of a user ends the one that takes the place of another at that moment.
func TestRevocationWinsOverReset(t *testing.T) {
	for _, when := range []string{"at first", "create", "update"} {
		site := newSite(t, nil)
		ann := signedIn(t, site, "ann", 1)[0]
		resp := ann.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			revoke := func(_ context.Context, call string) error {
				if call != when {
					return nil
				}
				_, err := site.sessions.RevokeAll(t.Context(), "ann")
				return err
			}
			if err := errors.Join(info(r.Context(), s), revoke(r.Context(), "at first")); err != nil {
				t.Error(err)
			}
			site.store.before(revoke)
			err := s.Reset(r.Context(), atomicsession.User("ann"), atomicsession.Path("a").Set(1))
			if !errors.Is(err, atomicsession.ErrNotFound) {
				t.Errorf("%s: %v", when, err)
			}
		})
		if sessionCookie(resp) != nil {
			t.Errorf("%s: a cookie was set", when)
		}
		wantRows(t, site.store, 0)
	}
}

// A Reset that another request's Renew has overtaken ends nothing: the session has gone on with another secret.
func TestResetOvertakenByRenew(t *testing.T) {
	sink := new(sink)
	site := newSite(t, sink.options())
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	unseen, seen := b.clone(), b.clone()
	resp := seen.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := errors.Join(info(r.Context(), s), b.do(renew())); err != nil {
			t.Error(err)
		}
		if err := s.Reset(r.Context()); !errors.Is(err, atomicsession.ErrNotFound) {
			t.Errorf("by a request that has seen the session: %v", err)
		}
	})
	if sessionCookie(resp) != nil {
		t.Error("a cookie was set")
	}
	if err := unseen.do(reset(atomicsession.Path("b").Set(2))); !errors.Is(err, atomicsession.ErrRenewed) {
		t.Errorf("by a request that has not: %v", err)
	}
	if err := unseen.do(reset(atomicsession.User("ann"), atomicsession.Path("b").Set(2))); err != nil {
		t.Errorf("a sign-in by a request that has not: %v", err)
	}
	unseen.wantDocument(`{"b":2}`)
	b.wantDocument(`{"a":1}`)
	if log := sink.log.String(); strings.Contains(log, "session destroyed") {
		t.Errorf("the log is %s", log)
	}
	wantRows(t, site.store, 2)
}

// A Reset that fails leaves the session, the cookie and the handle as they were.
func TestResetFails(t *testing.T) {
	down := errors.New("down")
	for name, c := range map[string]struct {
		fails   []string
		changes []atomicsession.Change
		want    error
	}{
		"create":    {[]string{"create"}, nil, down},
		"update":    {[]string{"update"}, nil, down},
		"condition": {nil, []atomicsession.Change{atomicsession.If(atomicsession.Path("a").Exists())}, atomicsession.ErrCondition},
		"path":      {nil, []atomicsession.Change{atomicsession.Path("$a").Set(1)}, atomicsession.ErrPath},
	} {
		t.Run(name, func(t *testing.T) {
			site := newSite(t, nil)
			b := site.browser()
			b.must(atomicsession.Path("a").Set(1))
			before := firstInfo(t, b)
			var loaded bool
			for _, loaded = range []bool{false, true} {
				resp := b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
					ctx := r.Context()
					if loaded {
						_ = info(ctx, s)
					}
					if c.fails != nil {
						// The store refuses just once: what a try left behind can be removed.
						var once sync.Once
						site.store.before(func(_ context.Context, call string) (err error) {
							if call == c.fails[0] {
								once.Do(func() { err = down })
							}
							return err
						})
					}
					if err := s.Reset(ctx, c.changes...); !errors.Is(err, c.want) {
						t.Errorf("got %v, want %v", err, c.want)
					}
					site.store.before(nil)
					after, ok, err := s.Info(ctx)
					if !reflect.DeepEqual(after, before) || !ok || err != nil {
						t.Errorf("the handle is now of %+v, was %+v", after, before)
					}
					if v, _, err := atomicsession.Path("a").Get(ctx, s); v != int64(1) || err != nil {
						t.Errorf("the handle reads %v, %v", v, err)
					}
				})
				if sessionCookie(resp) != nil {
					t.Error("the cookie was changed")
				}
			}
			b.wantDocument(`{"a":1}`)
			wantRows(t, site.store, 1)
		})
	}
}

// TestResetPanics has the store panic half-way: no session of the user is left that nobody has the secret of.
func TestResetPanics(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		site.store.before(func(_ context.Context, call string) error {
			if call == "update" {
				panic("down")
			}
			return nil
		})
		defer func() {
			if site.store.before(nil); recover() == nil {
				t.Error("Reset has returned")
			}
		}()
		_ = s.Reset(r.Context(), atomicsession.User("u"))
	})
	b.wantDocument(`{"a":1}`)
	wantRows(t, site.store, 1)
}

// When it is unknown whether Reset has ended the session, the session tells.
func TestUnknownOutcomeOfReset(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	old := b.clone()
	site.store.took()
	site.store.loseReply("update")
	if err := b.do(reset(atomicsession.Path("b").Set(2))); err != nil {
		t.Errorf("the session was ended: %v", err)
	}
	wantCalls(t, site.store, "create", "update", "load")
	b.wantDocument(`{"b":2}`)
	old.wantDocument(`{}`)

	token := b.token()
	site.store.fail(driver.ErrUnknownOutcome, "update")
	if err := b.do(reset(atomicsession.Path("c").Set(3))); !errors.Is(err, atomicsession.ErrUnknownOutcome) {
		t.Errorf("the session was not ended: %v", err)
	}
	site.store.before(nil)
	if b.token() != token {
		t.Error("the browser has another token")
	}
	b.wantDocument(`{"b":2}`)
	wantRows(t, site.store, 2) // this one, and the one that was ended a moment ago
}
