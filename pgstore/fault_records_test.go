package pgstore

import (
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/faultproxy"
)

func TestLostCreate(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault faultproxy.Fault
		want  error
		there bool
	}{
		{"reply", faultproxy.DropReply, nil, true},
		{"request", faultproxy.DropRequest, driver.ErrUnknownOutcome, false},
		{"late", faultproxy.LateRequest, driver.ErrUnknownOutcome, true},
	} {
		far, near, p := proxied(t)
		k, r := newRecord(t, "ann", `{"n":1}`)
		p.Plan(times(1, c.fault, k))
		if err := far.Create(within(t, time.Minute), k.Verifier, r); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
		if c.fault == faultproxy.LateRequest {
			p.Release()
			waitUntil(t, "the late request has arrived", func() bool { return p.Delivered() == 1 })
		}
		if _, err := near.Load(t.Context(), r.Created, k); (err == nil) != c.there || err != nil && !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("%s: Load: %v", c.name, err)
		}
		if list, err := near.ListUser(t.Context(), r.Created, "ann", driver.ID{}, 10); err != nil || (len(list) == 1) != c.there {
			t.Errorf("%s: the list is %v (error: %v)", c.name, list, err)
		}
		if err := far.Create(t.Context(), k.Verifier, r); c.there && !errors.Is(err, driver.ErrExists) {
			t.Errorf("%s: the same again: error %v, want %v", c.name, err, driver.ErrExists)
		}
	}
}

func TestLostDelete(t *testing.T) {
	for name, fault := range map[string]faultproxy.Fault{"reply": faultproxy.DropReply, "request": faultproxy.DropRequest, "late": faultproxy.LateRequest} {
		for _, n := range []int{1, 3} {
			far, near, p := proxied(t)
			k, now := create(t, near, "ann", `{}`)
			p.Plan(times(n, fault, k))
			if err := far.Delete(within(t, time.Minute), now, k); err != nil {
				t.Errorf("%s: Delete: %v", name, err)
			}
			if _, err := near.Load(t.Context(), now, k); !errors.Is(err, driver.ErrNotFound) {
				t.Errorf("%s: Load: error %v, want %v", name, err, driver.ErrNotFound)
			}
			p.Release()
		}
	}
}

// TestStalled ends a session while an update of it is stuck on its way.
func TestStalled(t *testing.T) {
	for name, fault := range map[string]faultproxy.Fault{"request": faultproxy.StallRequest, "reply": faultproxy.StallReply, "half open": faultproxy.HalfOpen} {
		far, near, p := proxied(t)
		k, now := create(t, near, "ann", `{"n":1}`)
		counts(t, far, k, now, 1) // it is connected
		met := p.Once(fault, string(k.ID[:]))
		_, err := far.Update(within(t, 500*time.Millisecond), now, k, inc("n"))
		if !errors.Is(err, driver.ErrUnknownOutcome) || !met() {
			t.Errorf("%s: error %v, want %v", name, err, driver.ErrUnknownOutcome)
		}
		r, err := near.Load(t.Context(), now, k)
		if n := r.Data.Get("n").Int(); err != nil || n != 1 && fault != faultproxy.StallReply {
			t.Errorf("%s: n is %d (error: %v)", name, n, err)
		}
		if err := near.Delete(t.Context(), now, k); err != nil {
			t.Error(err)
		}
		p.Release()
		if _, err := far.Update(within(t, time.Minute), now, k, inc("n")); !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("%s: Update after the end: error %v, want %v", name, err, driver.ErrNotFound)
		}
		if _, err := near.Load(t.Context(), now, k); !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("%s: Load after the end: error %v, want %v", name, err, driver.ErrNotFound)
		}
	}
}

// TestStalledRetry has an update stuck on its way, the client send it again, and the first arrive between other updates.
func TestStalledRetry(t *testing.T) {
	far, near, p := proxied(t)
	k, now := create(t, near, "", `{"n":1}`)
	p.Plan(times(1, faultproxy.LateRequest, k))
	if _, err := far.Update(within(t, time.Minute), now, k, inc("n")); err != nil {
		t.Fatal(err)
	}
	counts(t, near, k, now, 2)
	p.Release()
	waitUntil(t, "the late request has arrived", func() bool { return p.Delivered() == 1 })
	counts(t, near, k, now, 2)
	r, err := near.Load(t.Context(), now, k)
	if err != nil || r.Data.Get("m").Int() != 2 {
		t.Errorf("m is %d (error: %v)", r.Data.Get("m").Int(), err)
	}
}
