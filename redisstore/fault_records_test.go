package redisstore

import (
	"bytes"
	"context"
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
	}{
		{"reply", faultproxy.DropReply, nil},
		{"request", faultproxy.DropRequest, driver.ErrUnknownOutcome},
		{"late", faultproxy.LateRequest, driver.ErrUnknownOutcome},
	} {
		far, near, p := proxied(t)
		ctx := context.Background()
		k, now := someKey(), time.Now()
		creations := 0
		lose := times(1, c.fault, createScript)
		p.Plan(func(request []byte) faultproxy.Fault {
			if bytes.Contains(request, []byte(createScript.sha)) {
				creations++
			}
			return lose(request)
		})
		r := driver.Record{Meta: driver.Meta{ID: k.ID, User: "ann", Created: now, LastUsed: now, Expires: now.Add(time.Hour)}}
		if err := far.Create(ctx, k.Verifier, r); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
		p.Plan(nil)
		p.Release()
		if c.fault == faultproxy.LateRequest {
			waitUntil(t, "the late request has arrived", func() bool { return p.Delivered() == 1 })
		}
		there := c.fault != faultproxy.DropRequest
		if _, err := near.Load(ctx, now, k); (err == nil) != there {
			t.Errorf("%s: Load: %v", c.name, err)
		}
		if list, err := near.ListUser(ctx, now, "ann", driver.ID{}, 10); err != nil || (len(list) == 1) != there {
			t.Errorf("%s: the list is %v (error: %v)", c.name, list, err)
		}
		if creations != 1 {
			t.Errorf("%s: sent %d times, want once", c.name, creations)
		}
	}
}

func TestLostDelete(t *testing.T) {
	for name, fault := range map[string]faultproxy.Fault{"reply": faultproxy.DropReply, "request": faultproxy.DropRequest, "late": faultproxy.LateRequest} {
		far, near, p := proxied(t)
		ctx := context.Background()
		for _, n := range []int{1, 3} {
			k, now := create(t, near, "ann", `{}`)
			p.Plan(times(n, fault, deleteScript))
			if err := far.Delete(ctx, now, k); err != nil {
				t.Errorf("%s: Delete: %v", name, err)
			}
			k2, _ := create(t, near, "ann", `{}`)
			p.Plan(times(n, fault, deleteScript))
			if _, err := far.DeleteUserSessions(ctx, now, "ann", driver.ID{}); err != nil {
				t.Errorf("%s: DeleteUserSessions: %v", name, err)
			}
			for _, k := range []driver.Key{k, k2} {
				if _, err := near.Load(ctx, now, k); !errors.Is(err, driver.ErrNotFound) {
					t.Errorf("%s: Load: error %v, want %v", name, err, driver.ErrNotFound)
				}
			}
			p.Release()
		}
	}
}

// TestStalled ends a session while an update of it is stuck on its way.
func TestStalled(t *testing.T) {
	for name, fault := range map[string]faultproxy.Fault{"request": faultproxy.StallRequest, "reply": faultproxy.StallReply, "half open": faultproxy.HalfOpen} {
		far, near, p := proxied(t)
		ctx := context.Background()
		k, now := create(t, near, "ann", `{"n":1}`)
		met := p.Once(fault, updateScript.sha)
		_, err := far.Update(deadline(t, 200*time.Millisecond), now, k, inc("n"))
		if !errors.Is(err, driver.ErrUnknownOutcome) || !met() {
			t.Errorf("%s: error %v, want %v", name, err, driver.ErrUnknownOutcome)
		}
		r, err := near.Load(ctx, now, k)
		if n := r.Data.Get("n").Int(); err != nil || (n == 2) != (fault == faultproxy.StallReply) {
			t.Errorf("%s: n is %d (error: %v)", name, n, err)
		}
		if err := near.Delete(ctx, now, k); err != nil {
			t.Error(err)
		}
		p.Release()
		if _, err := far.Update(ctx, now, k, inc("n")); !errors.Is(err, driver.ErrNotFound) { // behind the stalled one
			t.Errorf("%s: Update after the end: error %v, want %v", name, err, driver.ErrNotFound)
		}
		if _, err := near.Load(ctx, now, k); !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("%s: Load after the end: error %v, want %v", name, err, driver.ErrNotFound)
		}
	}
}
