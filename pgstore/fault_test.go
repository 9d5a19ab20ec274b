package pgstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/faultproxy"
)

// proxied returns a store behind a proxy, and one in the same schema that reaches the server directly.
func proxied(t *testing.T) (far, near *Store, p *faultproxy.Proxy) {
	t.Helper()
	p, err := faultproxy.New(address(serverURL))
	if err != nil {
		t.Fatal(err)
	}
	schema := freshSchema(t)
	near = migrated(t, connect(t), schema)
	far = New(dial(t, with(t, serverURL, "host", p.Addr())), &Options{Schema: schema, Timeout: 20 * time.Second})
	t.Cleanup(func() { p.Close() }) // before the pool, which would wait for what the proxy holds back
	return far, near, p
}

// times plans the fault for the first n requests that hold the session's ID, which is in every statement about it.
func times(n int, fault faultproxy.Fault, k driver.Key) func(request []byte) faultproxy.Fault {
	return func(request []byte) faultproxy.Fault {
		if n == 0 || !bytes.Contains(request, k.ID[:]) {
			return faultproxy.None
		}
		n--
		return fault
	}
}

// TestLostUpdates has requests and replies lost on the way: whatever is acknowledged has taken effect once, and the answer is
// what it would have been.
func TestLostUpdates(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault faultproxy.Fault
		times int
	}{
		{"reply", faultproxy.DropReply, 1},
		{"reply three times", faultproxy.DropReply, 3},
		{"request", faultproxy.DropRequest, 1},
		{"request three times", faultproxy.DropRequest, 3},
		{"late", faultproxy.LateRequest, 1},
		{"late three times", faultproxy.LateRequest, 3},
	} {
		for i := range 6 {
			u, renew := inc("n"), i > 2 // then a late request has the wrong verifier as well
			switch i % 3 {
			case 1:
				u = inc("a.n")
			case 2:
				u = set("n", 2)
			}
			path := u.Ops[0].Target()
			t.Run(fmt.Sprintf("%s %s %s renew=%v", c.name, u.Ops[0].Name(), path, renew), func(t *testing.T) {
				far, near, p := proxied(t)
				k, now := create(t, near, "", `{"a":{"n":1},"n":1}`)
				p.Plan(times(c.times, c.fault, k))
				v := k.Verifier
				if renew {
					v = someKey().Verifier
					u.Renew = &v
				}
				res, err := far.Update(within(t, time.Minute), now, k, u)
				if err != nil {
					t.Fatal(err)
				}
				if n := res.Fields.Lookup(path).Int(); n != 2 || res.ID != k.ID || !res.LastUsed.Equal(now) {
					t.Errorf("it returned %+v, want 2", res)
				}
				k.Verifier = v
				p.Plan(nil)
				p.Release()
				if c.fault == faultproxy.LateRequest {
					waitUntil(t, "the late requests have arrived", func() bool { return p.Delivered() == c.times })
				}
				r, err := near.Load(t.Context(), now, k)
				if err != nil {
					t.Fatal(err)
				}
				if n := r.Data.Lookup(path).Int(); n != 2 {
					t.Errorf("it is %d, want 2", n)
				}
			})
		}
	}
}

// TestLateAfterRefusal has a first try arrive after the second was refused, when it would be accepted: what was called a
// failure must stay one.
func TestLateAfterRefusal(t *testing.T) {
	far, near, p := proxied(t)
	k, now := create(t, near, "", `{"n":1,"open":false}`)
	p.Plan(times(1, faultproxy.LateRequest, k))
	u := inc("n")
	u.If = []driver.Condition{{Path: "open", Is: driver.Eq, Value: driver.BoolValue(true)}}
	_, err := far.Update(within(t, time.Minute), now, k, u)
	if !matches(err, driver.ErrCondition, driver.ErrUnknownOutcome) {
		t.Fatalf("error %v, want %v or %v", err, driver.ErrCondition, driver.ErrUnknownOutcome)
	}
	open := &driver.Update{Ops: []driver.Op{driver.Set{Path: "open", Value: driver.BoolValue(true)}}}
	if _, err := near.Update(t.Context(), now, k, open); err != nil {
		t.Fatal(err)
	}
	p.Plan(nil)
	p.Release()
	waitUntil(t, "the late request has arrived", func() bool { return p.Delivered() == 1 })
	if !errors.Is(err, driver.ErrUnknownOutcome) {
		counts(t, near, k, now, 1)
	}
}

// TestLateCopy has a copy of an update arrive when the session has had many others since.
func TestLateCopy(t *testing.T) {
	far, near, p := proxied(t)
	k, now := create(t, near, "", `{"n":0}`)
	p.Plan(times(1, faultproxy.LateRequest, k))
	if _, err := far.Update(within(t, time.Minute), now, k, inc("n")); err != nil {
		t.Fatal(err)
	}
	for range 40 {
		if _, err := near.Update(t.Context(), now, k, inc("n")); err != nil {
			t.Fatal(err)
		}
	}
	p.Release()
	waitUntil(t, "the late request has arrived", func() bool { return p.Delivered() == 1 })
	counts(t, near, k, now, 41)
}

// TestLateSet has a copy of an update arrive when others have set the field, too.
func TestLateSet(t *testing.T) {
	for _, others := range []int{1, 40} {
		far, near, p := proxied(t)
		k, now := create(t, near, "", `{"n":0}`)
		p.Plan(times(1, faultproxy.LateRequest, k))
		if _, err := far.Update(within(t, time.Minute), now, k, set("n", 1)); err != nil {
			t.Fatal(err)
		}
		for i := range others {
			if _, err := near.Update(t.Context(), now, k, set("n", int64(2+i))); err != nil {
				t.Fatal(err)
			}
		}
		p.Release()
		waitUntil(t, "the late request has arrived", func() bool { return p.Delivered() == 1 })
		counts(t, near, k, now, int64(1+others))
	}
}

// TestForgotten has others update the session so often, before the client can ask what became of its update, that the
// session no longer knows.
func TestForgotten(t *testing.T) {
	for _, fault := range []faultproxy.Fault{faultproxy.DropReply, faultproxy.DropRequest} {
		far, near, p := proxied(t)
		k, now := create(t, near, "", `{"n":0,"s":1}`)
		tries := 0
		p.Plan(func(request []byte) faultproxy.Fault {
			if !bytes.Contains(request, k.ID[:]) {
				return faultproxy.None
			}
			if tries++; tries == 1 {
				return fault
			}
			for range 100 * (3 - min(tries, 3)) { // before the second
				if _, err := near.Update(context.Background(), now, k, inc("n")); err != nil {
					t.Error(err)
				}
			}
			return faultproxy.None
		})
		_, err := far.Update(within(t, time.Minute), now, k, inc("n"))
		if err != nil && !errors.Is(err, driver.ErrUnknownOutcome) {
			t.Errorf("fault %d: error %v, want %v", fault, err, driver.ErrUnknownOutcome)
		}
		r, loadErr := near.Load(t.Context(), now, k)
		if loadErr != nil {
			t.Fatal(loadErr)
		}
		if n := r.Data.Get("n").Int(); n < 100 || n > 101 || err == nil && n != 101 {
			t.Errorf("fault %d: after 100 others n is %d (error: %v)", fault, n, err)
		}
	}
}

// TestLostTake loses the reply to an update whose result cannot be had again.
func TestLostTake(t *testing.T) {
	far, near, p := proxied(t)
	k, now := create(t, near, "", `{"flash":"hello","n":1}`)
	p.Plan(times(1, faultproxy.DropReply, k))
	res, err := far.Update(within(t, time.Minute), now, k, &driver.Update{Ops: []driver.Op{driver.Take{Path: "flash"}}})
	switch {
	case errors.Is(err, driver.ErrUnknownOutcome):
	case err != nil:
		t.Errorf("error %v", err)
	case len(res.Taken) != 1 || res.Taken[0].Str() != "hello":
		t.Errorf("it took %v", res.Taken)
	}
	r, err := near.Load(t.Context(), now, k)
	if err != nil || r.Data.Len() != 1 {
		t.Errorf("%d fields are left (error: %v)", r.Data.Len(), err)
	}
}

// TestUnreliable counts over a network that loses one message in twenty.
func TestUnreliable(t *testing.T) {
	far, near, p := proxied(t)
	keys, now := several(t, near)
	late := 0
	p.Plan(func([]byte) faultproxy.Fault {
		fault := []faultproxy.Fault{faultproxy.DropReply, faultproxy.DropRequest, faultproxy.LateRequest, faultproxy.None}[min(3, rand.IntN(60))]
		if fault == faultproxy.LateRequest {
			late++
		}
		return fault
	})
	var c tally
	var done sync.WaitGroup
	for w := range 8 {
		done.Go(func() {
			for range 40 {
				c.update(t, far, keys[w%len(keys)], now, inc("n"))
			}
		})
	}
	done.Wait()
	p.Plan(nil)
	p.Release()
	waitUntil(t, "the late requests have arrived", func() bool { return p.Delivered() == late })
	c.check(t, near, now, keys...)
}
