package atomicsession_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/atomicsession/atomicsession"
)

const storeTimeout = 5 * time.Second

// two are sessions of a user, in a store that a test can hold up. The first makes the request.
type two struct {
	t      *testing.T
	store  *store
	m      *atomicsession.Manager
	cookie string
	other  atomicsession.ID
}

func newTwo(t *testing.T) *two {
	store := newStore()
	w := &two{t: t, store: store, m: newManager(t, store, &atomicsession.Options{StoreTimeout: storeTimeout})}
	w.cookie = newToken(t, w.m, atomicsession.User("ann"))
	_ = request(t, w.m, newToken(t, w.m, atomicsession.User("ann")), func(ctx context.Context, s *atomicsession.Session) error {
		info, _, err := s.Info(ctx)
		w.other = info.ID
		return err
	})
	store.took()
	return w
}

func (w *two) request(f call) error { return request(w.t, w.m, w.cookie, f) }

// ending is a call that ends sessions.
type ending struct {
	name string
	do   func(ctx context.Context, w *two, s *atomicsession.Session) error
	call string // of the store, that ends them
	rows int    // that it leaves of two

	turn bool  // it is a method of a session
	late error // its answer to a visitor who has left before
}

var endings = []ending{
	{"Destroy", func(ctx context.Context, _ *two, s *atomicsession.Session) error { return s.Destroy(ctx) }, "delete", 1, true, nil},
	{"Reset", func(ctx context.Context, _ *two, s *atomicsession.Session) error { return s.Reset(ctx) }, "update", 3, true, context.Canceled},
	{"RevokeOthers", func(ctx context.Context, _ *two, s *atomicsession.Session) error {
		n, err := s.RevokeOthers(ctx)
		if n != 1 && err == nil {
			err = errors.New("nothing was revoked")
		}
		return err
	}, "revoke all", 1, true, nil},
	{"Revoke", func(ctx context.Context, w *two, _ *atomicsession.Session) error {
		return w.m.Revoke(ctx, "ann", w.other)
	}, "revoke", 1, false, nil},
	{"RevokeAll", func(ctx context.Context, w *two, _ *atomicsession.Session) error {
		n, err := w.m.RevokeAll(ctx, "ann")
		if n != 2 && err == nil {
			err = errors.New("not all were revoked")
		}
		return err
	}, "revoke all", 0, false, nil},
}

// The visitor closes the page while the store is at work: what ends sessions goes on, for as long as a call to the store may take.
func TestEndGoesOn(t *testing.T) {
	signIn := ending{"Reset with User", func(ctx context.Context, _ *two, s *atomicsession.Session) error {
		return s.Reset(ctx, atomicsession.User("bob"))
	}, "update", 3, true, nil}
	for _, e := range append(slices.Clone(endings), signIn) {
		for _, reason := range []string{"canceled", "deadline"} {
			t.Run(e.name+"/"+reason, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newTwo(t)
					err := w.request(func(ctx context.Context, s *atomicsession.Session) error {
						ctx, leave := context.WithCancel(ctx)
						if reason == "deadline" {
							ctx, leave = context.WithTimeout(ctx, time.Second)
						}
						defer leave()
						w.store.before(func(inner context.Context, call string) error {
							if call != e.call {
								return nil
							}
							if reason == "canceled" {
								leave()
							}
							<-ctx.Done()
							time.Sleep(storeTimeout - 2*time.Second)
							return inner.Err()
						})
						return e.do(ctx, w, s)
					})
					if err != nil {
						t.Error(err)
					}
					wantRows(t, w.store, e.rows)
				})
			})
		}
	}
}

// While another method of the session is at work, what ends it waits for its turn, though the visitor leaves meanwhile.
func TestEndWaitsForItsTurn(t *testing.T) {
	for _, e := range endings {
		for _, early := range []bool{true, false} { // the visitor has left before the call
			if !e.turn {
				continue
			}
			t.Run(e.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newTwo(t)
					_ = w.request(func(ctx context.Context, s *atomicsession.Session) error {
						ctx, leave := context.WithCancel(ctx)
						defer leave()
						w.store.before(func(_ context.Context, call string) error {
							if call == "load" {
								time.Sleep(storeTimeout - time.Second)
							}
							return nil
						})
						go func() { _ = s.Refresh(context.WithoutCancel(ctx)) }()
						synctest.Wait()
						if early {
							leave()
						}
						go func() { time.Sleep(time.Second); leave() }()
						if err := e.do(ctx, w, s); !errors.Is(err, e.late) {
							t.Errorf("early %v: got %v, want %v", early, err, e.late)
						}
						synctest.Wait()
						return nil
					})
					wantRows(t, w.store, 1) // what has begun nothing leaves the other one
				})
			})
		}
	}
}

// Two slow methods before it take more time than one call may, and it is not their fault.
func TestEndWaitsLongWhileTheVisitorStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwo(t)
		err := w.request(func(ctx context.Context, s *atomicsession.Session) error {
			w.store.before(func(context.Context, string) error { time.Sleep(storeTimeout * 6 / 10); return nil })
			for range 2 {
				go func() { _ = s.Update(ctx, atomicsession.Path("a").Set(1)) }()
			}
			synctest.Wait()
			err := s.Destroy(ctx)
			synctest.Wait()
			return err
		})
		if err != nil {
			t.Error(err)
		}
		wantRows(t, w.store, 1)
	})
}

// A store that does not answer holds nobody longer than StoreTimeout after the visitor has left, whatever it is asked in between.
func TestEndStops(t *testing.T) {
	for _, e := range endings {
		for _, after := range []time.Duration{0, time.Second, 4 * time.Second} {
			for _, seen := range []bool{false, true} {
				t.Run(e.name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := newTwo(t)
						_ = w.request(func(ctx context.Context, s *atomicsession.Session) error {
							if seen {
								_ = info(ctx, s)
							}
							ctx, leave := context.WithTimeout(ctx, after)
							defer leave()
							w.store.before(func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() })
							begin := time.Now()
							err := e.do(ctx, w, s)
							if took := time.Since(begin); took > after+storeTimeout {
								t.Errorf("%v after the visitor has left, it has taken %v", after, took)
							}
							if !errors.Is(err, context.DeadlineExceeded) || atomicsession.StatusCode(err) != 503 {
								t.Errorf("got %v", err)
							}
							return nil
						})
						wantRows(t, w.store, 2)
					})
				})
			}
		}
	}
}

// A sign-out that another tab's Renew overtakes is told so, whenever it happens, and the session lives.
func TestSignOutBesideRenew(t *testing.T) {
	for _, when := range []string{"before", "create", "update", "delete"} {
		for name, signOut := range map[string]call{"Destroy": destroy, "Reset": reset(atomicsession.Path("bye").Set(1))} {
			for _, see := range []call{nil, info, update(atomicsession.Path("b").Set(1))} {
				site := newSite(t, nil)
				b := site.browser()
				b.must(atomicsession.Path("a").Set(1))
				renewed := false
				err := b.clone().do(func(ctx context.Context, s *atomicsession.Session) error {
					if see != nil {
						_ = see(ctx, s)
					}
					renewNow := func(_ context.Context, call string) error {
						if call == when && !renewed {
							renewed = true
							return b.do(renew(atomicsession.User("ann")))
						}
						return nil
					}
					_ = renewNow(ctx, "before")
					site.store.before(renewNow)
					err := signOut(ctx, s)
					site.store.before(nil)
					return errors.Join(err, s.Refresh(ctx))
				})
				if renewed && !errors.Is(err, atomicsession.ErrRenewed) || !renewed && !errors.Is(err, atomicsession.ErrNotFound) && name == "Destroy" {
					t.Errorf("%s, renewed %s: %v", name, when, err)
				}
				if renewed && userOf(t, b) != "ann" {
					t.Errorf("%s, renewed %s: the session has ended", name, when)
				}
				if renewed {
					wantRows(t, site.store, 1)
				}
			}
		}
	}
}
