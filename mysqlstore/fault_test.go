package mysqlstore

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// reached has clients as an application makes them.
func reached(t *testing.T) faults.Network {
	t.Helper()
	prefix := freshPrefix(t)
	migrated(t, connect(t), prefix)
	return networkOf(prefix)
}

func networkOf(prefix string) faults.Network {
	connect := func(tb testing.TB, addr string) driver.Store {
		return over(tb, dial(tb, serverURL, at(addr)), &Options{Prefix: prefix, Timeout: 20 * time.Second})
	}
	return faults.Network{Addr: address(serverURL), Connect: connect}
}

func network(t *testing.T) faults.Link {
	t.Helper()
	return reached(t).Link(t)
}

// hexOf returns the ID as statements have it.
func hexOf(id driver.ID) string { return hex.EncodeToString(id[:]) }

func TestFaults(t *testing.T) {
	t.Parallel()
	if unknown := faults.Run(t, reached); unknown > 0 {
		t.Errorf("the outcome of %d calls is unknown: this store goes on until it knows", unknown)
	}
}

// TestFaultsWithoutProcedures has faults meet a store whose updates are all transactions.
func TestFaultsWithoutProcedures(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T) faults.Network {
		prefix := freshPrefix(t)
		withoutProcedures(t, migrated(t, connect(t), prefix))
		return networkOf(prefix)
	}
	if !storetest.All() {
		faults.Tokens(t, open(t), 200)
		return
	}
	if unknown := faults.Run(t, open); unknown > 0 {
		t.Errorf("the outcome of %d calls is unknown: this store goes on until it knows", unknown)
	}
}

// TestTokens makes many updates at once, each of which meets a fault.
func TestTokens(t *testing.T) { faults.Tokens(t, reached(t), 500) }

// TestLostSignIn loses messages of updates that do more than to change the session: each takes effect once.
func TestLostSignIn(t *testing.T) {
	n := network(t)
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
			lose := func(text string, call func() (driver.Result, error)) {
				t.Helper()
				met := n.Proxy.Once(fault, text)
				if res, err := call(); err != nil || !met() || res.User != user {
					t.Errorf("%s: %+v, error %v", name, res, err)
				}
				n.Proxy.Plan(nil)
			}
			lose("COMMIT", func() (driver.Result, error) { return far.Update(t.Context(), now, k, u) })
			u = inc("n")
			u.AuthenticatedSince = now
			lose(hexOf(k.ID), func() (driver.Result, error) { return far.Update(t.Context(), now, k, u) })
			lose(hexOf(k.ID), func() (driver.Result, error) {
				return far.Update(t.Context(), now, driver.UserKey(k.ID, user), inc("n"))
			})
			counts(t, near, k, now, 4)
			counts(t, near, other, now, 1)
		}
	}
}

// TestLostInTransaction loses each of the messages of an update in a transaction: it takes effect once.
func TestLostInTransaction(t *testing.T) {
	n := network(t)
	far, near := n.Far.(*Store), n.Near.(*Store)
	for _, fault := range []faultproxy.Fault{faultproxy.DropRequest, faultproxy.DropReply} {
		const messages = 6 // two to begin, to lock, to write a field and the session, to commit
		for lost := range messages {
			k, now := create(t, near, "", `{"n":1}`)
			counts(t, far, k, now, 1) // it is connected
			seen := 0
			n.Proxy.Plan(func([]byte) faultproxy.Fault {
				if seen++; seen == lost+1 {
					return fault
				}
				return faultproxy.None
			})
			o := far.newOperation(now, k, inc("n"))
			_, err := o.inTx(t.Context(), [16]byte{1}, false)
			n.Proxy.Plan(nil)
			if err != nil {
				t.Errorf("%v of message %d: error %v", fault, lost, err)
			}
			counts(t, near, k, now, 2)
			if seen <= messages {
				t.Errorf("%d messages, want more than %d", seen, messages)
			}
		}
	}
}
