package redisstore

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestReadAnsweredAfterALoss has the first reply of a read get lost, and the second one be final: that is the answer, since nothing
// can have changed.
func TestReadAnsweredAfterALoss(t *testing.T) {
	p, o := storetest.Proxy(t, address), Options{Prefix: freshPrefix(), Timeout: 5 * time.Second}
	near, far := newStore(t, address, o), newStore(t, p.Addr(), o)
	k := storetest.NewKey()
	do(t, near.client, "SET", near.sessionKey(k.ID), "x")
	do(t, near.client, "SET", near.userKey("ann"), "x")
	for name, call := range map[string]struct {
		word string
		f    func() error
	}{
		"Load": {"HGETALL", func() error { _, err := far.Load(t.Context(), time.Now(), k); return err }},
		"LoadFields": {"HMGET", func() error {
			_, err := far.LoadFields(t.Context(), time.Now(), k, []string{"a"})
			return err
		}},
		"List": {"ZRANGE", func() error { _, err := far.List(t.Context(), time.Now(), "ann", driver.ID{}, 10); return err }},
		"DeleteMany": {"ZRANGE", func() error {
			_, _, err := far.DeleteMany(t.Context(), time.Now(), driver.Selection{User: "ann"}, driver.ID{}, 10)
			return err
		}},
	} {
		if err := call.f(); !errors.Is(err, driver.ErrCorrupt) {
			t.Errorf("%s without a fault: %v", name, err)
		}
		lost := false
		p.Plan(func(request []byte) faultproxy.Fault {
			if lost || !bytes.Contains(request, []byte(call.word)) {
				return faultproxy.None
			}
			lost = true
			return faultproxy.DropReply
		})
		err := call.f()
		p.Plan(nil)
		if !lost || !errors.Is(err, driver.ErrCorrupt) {
			t.Errorf("%s: after a lost reply the error is %q, want one that matches %q", name, err, driver.ErrCorrupt)
		}
	}
}
