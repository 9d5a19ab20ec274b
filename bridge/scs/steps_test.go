package scsbridge_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// stepping is a store in which the nth call from now meets what the test says.
type stepping struct {
	*memstore.Store
	left int
	meet func(call func() error) error
}

func (s *stepping) step(call func() error) error {
	if s.left--; s.left != 0 {
		return call()
	}
	return s.meet(call)
}

func (s *stepping) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	return s.step(func() error { return s.Store.Create(ctx, v, r) })
}

func (s *stepping) Load(ctx context.Context, now time.Time, k driver.Key) (r driver.Record, err error) {
	err = s.step(func() (err error) { r, err = s.Store.Load(ctx, now, k); return err })
	return r, err
}

func (s *stepping) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (r driver.Result, err error) {
	err = s.step(func() (err error) { r, err = s.Store.Update(ctx, now, k, u); return err })
	return r, err
}

func (s *stepping) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	return s.step(func() error { return s.Store.Delete(ctx, now, k) })
}

// act is what a request does, and whether the session has ended then.
type act struct {
	name string
	ends bool
	do   func(sm *scs.SessionManager, ctx context.Context, key string) error
}

func put(sm *scs.SessionManager, ctx context.Context, key string) error {
	sm.Put(ctx, key, 1)
	_, _, err := sm.Commit(ctx)
	return err
}

// after returns what does first before it does then.
func after(first func(sm *scs.SessionManager, ctx context.Context) error, then func(*scs.SessionManager, context.Context, string) error,
) func(*scs.SessionManager, context.Context, string) error {
	return func(sm *scs.SessionManager, ctx context.Context, key string) error {
		if err := first(sm, ctx); err != nil {
			return err
		}
		return then(sm, ctx, key)
	}
}

func logout(sm *scs.SessionManager, ctx context.Context, _ string) error { return sm.Destroy(ctx) }

var acts = []act{
	{"put", false, put},
	{"login", false, after((*scs.SessionManager).RenewToken, put)},
	{"logout", true, logout},
	{"logout and put", true, after((*scs.SessionManager).Destroy, put)},
	{"login and logout", true, after((*scs.SessionManager).RenewToken, logout)},
	{"expire", true, func(sm *scs.SessionManager, ctx context.Context, key string) error {
		sm.SetDeadline(ctx, time.Now().Add(-time.Second))
		return put(sm, ctx, key)
	}},
}

// A request meets another one, and then a fault, at each of its calls to the store, and is made again or not: what was acknowledged holds.
func TestSteps(t *testing.T) {
	t.Parallel()
	for _, x := range acts {
		for _, y := range acts {
			for _, fault := range []string{"none", "unavailable", "unknown", "unknown, arrived", "canceled"} {
				t.Run(x.name+" meets "+y.name+" "+fault, func(t *testing.T) {
					t.Parallel()
					for _, from := range []scs.Store{nil, withContext{newFormer()}} {
						for retries := range 3 {
							m := meeting{x, y, fault, retries}
							for n := 1; m.at(t, from, n); {
								n++
							}
						}
					}
				})
			}
		}
	}
}

// meeting is how a request x, which is made again some times, meets y.
type meeting struct {
	x, y    act
	fault   string
	retries int
}

// at has them meet at the nth call of x, and returns false if it makes fewer.
func (m meeting) at(t *testing.T, from scs.Store, n int) bool {
	store := &stepping{Store: memstore.New(nil)}
	sm, b := newManager(t, store, &scsbridge.Options{From: from})
	token := begin(t, sm, map[string]any{"user": 7})
	base, cancel := context.WithCancel(t.Context())
	defer cancel()
	x, err := sm.Load(base, token)
	check(t, err)
	y, late, lateLogin := load(t, sm, token), load(t, sm, token), load(t, sm, token)
	met, yErr := false, error(nil)
	store.left, store.meet = n, func(call func() error) error {
		met, yErr = true, m.y.do(sm, y, "y")
		switch m.fault {
		case "unavailable":
			return driver.ErrUnavailable
		case "unknown":
			return driver.ErrUnknownOutcome
		case "unknown, arrived":
			if err := call(); err != nil {
				return err
			}
			return driver.ErrUnknownOutcome
		case "canceled":
			cancel()
		}
		return call()
	}
	xErr := m.x.do(sm, x, "x")
	for range m.retries {
		if xErr != nil {
			xErr = m.x.do(sm, x, "x")
		}
	}
	if !met {
		return false
	}
	where := fmt.Sprintf("call %d, %d retries, From %v: x %v, y %v", n, m.retries, from != nil, xErr, yErr)
	alive := map[string]int{} // how many sessions hold a key
	all, err := b.All()
	check(t, err)
	for _, bytes := range all {
		_, values, err := b.Decode(bytes)
		check(t, err)
		for key := range values {
			alive[key]++
		}
	}
	xEnded, yEnded := m.x.ends && xErr == nil, m.y.ends && yErr == nil
	xLogin, yLogin := m.x.name == "login" && xErr == nil, m.y.name == "login" && yErr == nil
	if (xEnded || yEnded) && alive["user"] > 0 && !xLogin && !yLogin {
		t.Errorf("%s: ended, and lives on", where)
	}
	if xEnded && yLogin {
		t.Errorf("%s: a sign-in and a sign-out have both succeeded", where)
	}
	for key, ctx := range map[string]context.Context{"x": x, "y": y} {
		if (key == "x" && xLogin || key == "y" && yLogin) && sm.GetInt(load(t, sm, sm.Token(ctx)), key) != 1 {
			t.Errorf("%s: the sign-in of %s has no session", where, key)
		}
	}
	xLost := m.x.name == "put" && xErr == nil && !yEnded && alive["x"] == 0
	yLost := m.y.name == "put" && yErr == nil && !m.x.ends && xErr == nil && alive["y"] == 0
	if xLost || yLost {
		t.Errorf("%s: a Put is lost", where)
	}
	if (xEnded || yEnded) && !xLogin && !yLogin {
		if put(sm, late, "late") == nil || after((*scs.SessionManager).RenewToken, put)(sm, lateLogin, "late") == nil {
			t.Errorf("%s: ended, and a late request brings it back", where)
		}
	}
	return true
}
