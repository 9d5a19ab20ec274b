package pgstore

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// reached has clients as the drivers make them by default.
func (w way) reached(t *testing.T) faults.Network {
	t.Helper()
	schema := freshSchema(t)
	migrated(t, connect(t), schema)
	connect := func(tb testing.TB, addr string) driver.Store {
		return w.open(tb, with(tb, serverURL, "host", addr), 0, &Options{Schema: schema, Timeout: 20 * time.Second})
	}
	return faults.Network{Addr: address(serverURL), Connect: connect}
}

func network(t *testing.T) faults.Link {
	t.Helper()
	return byPool.reached(t).Link(t)
}

// TestLostSignIn loses messages of updates whose function does more than to change the session: each takes effect once.
func TestLostSignIn(t *testing.T) { everyWay(t, testLostSignIn) }

func testLostSignIn(t *testing.T, w way) {
	n := w.reached(t).Link(t)
	far, near := n.Far.(*Store), n.Near.(*Store)
	for name, fault := range map[string]faultproxy.Fault{"request": faultproxy.DropRequest, "reply": faultproxy.DropReply} {
		for _, end := range []bool{true, false} {
			user := fmt.Sprint("ann", name, end)
			k, now := create(t, near, "", `{"n":1}`)
			other, _ := create(t, near, user, `{"n":1}`)
			if !end {
				other, _ = create(t, near, "bob", `{"n":1}`)
			}
			u := signIn(user, driver.SessionLimit{Max: 2, End: end})
			u.Ops, u.Authenticated = inc("n").Ops, now
			lose := func(call func() (driver.Result, error)) {
				t.Helper()
				met := n.Proxy.Once(fault, w.sent(k.ID))
				if res, err := call(); err != nil || !met() || res.User != user {
					t.Errorf("%s: %+v, error %v", name, res, err)
				}
				n.Proxy.Plan(nil)
			}
			lose(func() (driver.Result, error) { return far.Update(t.Context(), now, k, u) })
			u = inc("n")
			u.AuthenticatedSince = now
			lose(func() (driver.Result, error) { return far.Update(t.Context(), now, k, u) })
			lose(func() (driver.Result, error) {
				return far.Update(t.Context(), now, driver.UserKey(k.ID, user), inc("n"))
			})
			counts(t, near, k, now, 4)
			counts(t, near, other, now, 1)
		}
	}
}

func TestFaults(t *testing.T) {
	everyWay(t, func(t *testing.T, w way) {
		if w.name != byPool.name && !storetest.All() {
			return // they have TestLostCreate, TestLostSignIn and TestLostLocked
		}
		if unknown := faults.Run(t, w.reached); unknown > 0 {
			t.Errorf("the outcome of %d calls is unknown: this store goes on until it knows", unknown)
		}
	})
}

// TestLostLocked loses each of the messages of an update that the client works out with the session locked: it takes effect once.
func TestLostLocked(t *testing.T) { everyWay(t, testLostLocked) }

func testLostLocked(t *testing.T, w way) {
	n := w.reached(t).Link(t)
	far, near := n.Far.(*Store), n.Near.(*Store)
	for _, fault := range []faultproxy.Fault{faultproxy.DropRequest, faultproxy.DropReply} {
		for lost := range 6 {
			k, now := create(t, near, "", `{"n":1}`)
			counts(t, far, k, now, 1) // it is connected
			var seen atomic.Int32
			n.Proxy.Plan(func([]byte) faultproxy.Fault {
				if int(seen.Add(1)) == lost+1 {
					return fault
				}
				return faultproxy.None
			})
			o := far.newOperation(now, k, inc("n"))
			_, _, err := o.locked(t.Context(), append(guard(now, k), []string{"n"}), []string{"n"})
			n.Proxy.Plan(nil)
			if err != nil && !errors.Is(err, retry.ErrChanged) {
				t.Errorf("%v of message %d: error %v", fault, lost, err)
			}
			want := int64(2)
			if err != nil {
				want = 1
			}
			counts(t, near, k, now, want)
			if int(seen.Load()) <= lost {
				t.Errorf("there is no message %d", lost)
			}
		}
	}
}
