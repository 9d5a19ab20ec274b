package mongostore_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/faultproxy"
)

// findAndModify, insert and so on stand in the bytes of a command of that name.
const (
	findAndModify = "findAndModify"
	insert        = "insert"
	deleteCommand = "delete"
)

func TestLostUpdate(t *testing.T) {
	secret := driver.Secret{7}.Verifier()
	user := "ada"
	for _, tt := range []struct {
		name   string
		u      driver.Update
		result string // Fields and Taken of an acknowledged update
		after  string
		blind  bool // what it has done is lost with the reply
	}{
		{
			name: "inc", u: driver.Update{Ops: []driver.Op{driver.Inc{Path: "n", By: value(`1`)}}},
			result: `{"n":6} []`, after: `{"f":"x","l":[1],"n":6}`,
		},
		{
			name: "push", u: driver.Update{Ops: []driver.Op{driver.Push{Path: "l", Each: []driver.Value{value(`1`)}}}},
			result: `{"l":[1,1]} []`, after: `{"f":"x","l":[1,1],"n":5}`,
		},
		{
			name: "condition that the update itself makes false", u: driver.Update{
				If:  []driver.Condition{{Path: "n", Is: driver.Eq, Value: value(`5`)}},
				Ops: []driver.Op{driver.Set{Path: "n", Value: value(`9`)}},
			},
			result: `{"n":9} []`, after: `{"f":"x","l":[1],"n":9}`,
		},
		{name: "renew", u: driver.Update{Renew: &secret, User: &user}, result: `{} []`, after: `{"f":"x","l":[1],"n":5}`},
		{
			name: "pipeline", u: driver.Update{Ops: []driver.Op{driver.SetIfAbsent{Path: "m", Value: value(`1`)}}},
			result: `{"m":1} []`, after: `{"f":"x","l":[1],"m":1,"n":5}`,
		},
		{
			name: "take", u: driver.Update{Ops: []driver.Op{driver.Take{Path: "f"}}},
			result: `{} ["x"]`, after: `{"l":[1],"n":5}`, blind: true,
		},
	} {
		for fault, name := range map[faultproxy.Fault]string{
			faultproxy.DropRequest: "request",
			faultproxy.DropReply:   "reply",
			faultproxy.LateRequest: "late request",
		} {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				faulty, direct, p := proxied(t)
				k := create(t, faulty, `{"f":"x","l":[1],"n":5}`)
				met := p.Once(fault, findAndModify)
				got, err := faulty.Update(t.Context(), now, k, &tt.u)
				if !met() {
					t.Fatal("the fault was not met")
				}
				switch {
				case tt.blind && fault == faultproxy.DropReply:
					if !errors.Is(err, driver.ErrUnknownOutcome) {
						t.Errorf("%v instead of %v", err, driver.ErrUnknownOutcome)
					}
				case err != nil:
					t.Error(err)
				default:
					if result := describe(got); result != tt.result || got.ID != k.ID || !got.LastUsed.Equal(now) {
						t.Errorf("result is %s, want %s", result, tt.result)
					}
				}
				if fault == faultproxy.LateRequest {
					p.Release()
					waitFor(t, func() bool { return p.Delivered() == 1 })
				}
				if tt.u.Renew != nil {
					k.Verifier = secret
				}
				if after := load(t, direct, k); after != tt.after {
					t.Errorf("the session is %s, want %s", after, tt.after)
				}
			})
		}
	}
}

func describe(r driver.Result) string {
	taken := make([]string, len(r.Taken))
	for i, v := range r.Taken {
		taken[i] = v.String()
	}
	return r.Fields.String() + " [" + strings.Join(taken, ",") + "]"
}

// A copy of a command that arrives when the record has long forgotten the update does nothing.
func TestLateCopy(t *testing.T) {
	faulty, direct, p := proxied(t)
	k := create(t, direct, `{"n":0}`)
	p.Once(faultproxy.LateRequest, findAndModify)
	inc := update(driver.Inc{Path: "n", By: value(`1`)})
	if _, err := faulty.Update(t.Context(), now, k, inc); err != nil {
		t.Fatal(err)
	}
	for range 40 {
		if _, err := direct.Update(t.Context(), now, k, inc); err != nil {
			t.Fatal(err)
		}
	}
	p.Release()
	waitFor(t, func() bool { return p.Delivered() == 1 })
	if got := load(t, direct, k); got != `{"n":41}` {
		t.Errorf("after 41 increments the session is %s", got)
	}
}

// A client whose reply was lost, while others changed the record so often that it has forgotten the update, must not say
// that it knows.
func TestForgottenUpdate(t *testing.T) {
	faulty, direct, p := proxied(t)
	k := create(t, direct, `{"n":0}`)
	inc := update(driver.Inc{Path: "n", By: value(`1`)})
	var first atomic.Bool
	p.Plan(func(request []byte) faultproxy.Fault {
		if !strings.Contains(string(request), findAndModify) {
			return faultproxy.None
		}
		if first.CompareAndSwap(false, true) {
			return faultproxy.DropReply
		}
		for range 40 { // before the second try
			if _, err := direct.Update(t.Context(), now, k, inc); err != nil {
				t.Error(err)
			}
		}
		return faultproxy.None
	})
	if _, err := faulty.Update(t.Context(), now, k, inc); !errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("%v instead of %v", err, driver.ErrUnknownOutcome)
	}
	if got := load(t, direct, k); got != `{"n":41}` {
		t.Errorf("after 41 increments the session is %s", got)
	}
}

// A refusal says nothing while the first try may still be on its way.
func TestRefusalAfterLostRequest(t *testing.T) {
	faulty, direct, p := proxied(t)
	k := create(t, direct, `{"n":"text"}`)
	met := p.Once(faultproxy.LateRequest, findAndModify)
	_, err := faulty.Update(t.Context(), now, k, update(driver.Inc{Path: "n", By: value(`1`)}))
	if !met() || !errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("%v instead of %v", err, driver.ErrUnknownOutcome)
	}
}

func TestLostCreate(t *testing.T) {
	faulty, direct, p := proxied(t)
	k, r := newSession(`{"a":1}`)
	met := p.Once(faultproxy.DropReply, insert)
	if err := faulty.Create(t.Context(), k.Verifier, r); !met() || err != nil {
		t.Errorf("a create whose reply was lost: %v", err)
	}
	if got := load(t, direct, k); got != `{"a":1}` {
		t.Errorf("the session is %s", got)
	}
	if err := faulty.Create(t.Context(), k.Verifier, r); !errors.Is(err, driver.ErrExists) {
		t.Errorf("the same again: %v instead of %v", err, driver.ErrExists)
	}

	k, r = newSession(`{}`)
	met = p.Once(faultproxy.DropRequest, insert)
	if err := faulty.Create(t.Context(), k.Verifier, r); !met() || !errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("a create whose request was lost: %v instead of %v", err, driver.ErrUnknownOutcome)
	}
	if got := load(t, direct, k); got != driver.ErrNotFound.Error() {
		t.Errorf("the session was inserted by a second try: %s", got)
	}
}

func TestLostDelete(t *testing.T) {
	for _, fault := range []faultproxy.Fault{faultproxy.DropRequest, faultproxy.DropReply} {
		faulty, direct, p := proxied(t)
		k := create(t, direct, `{}`)
		met := p.Once(fault, deleteCommand)
		if err := faulty.Delete(t.Context(), now, k); !met() || err != nil {
			t.Errorf("fault %d: %v", fault, err)
		}
		if got := load(t, direct, k); got != driver.ErrNotFound.Error() {
			t.Errorf("fault %d: the session is still there: %s", fault, got)
		}
	}
}

// A server that does not answer costs no more time than the context has.
func TestSilence(t *testing.T) {
	for _, fault := range []faultproxy.Fault{faultproxy.StallRequest, faultproxy.StallReply, faultproxy.HalfOpen} {
		faulty, direct, p := proxied(t)
		k := create(t, faulty, `{"n":0}`)
		met := p.Once(fault, findAndModify)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err := faulty.Update(ctx, now, k, update(driver.Inc{Path: "n", By: value(`1`)}))
		cancel()
		if !met() || !errors.Is(err, driver.ErrUnknownOutcome) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("fault %d: %v", fault, err)
		}
		if got := load(t, direct, k); got != `{"n":0}` && got != `{"n":1}` {
			t.Errorf("fault %d: the session is %s", fault, got)
		}
	}
}

// On a network that loses every third message, what is acknowledged is there once, and nothing is there twice.
func TestLossyNetwork(t *testing.T) {
	faulty, direct, p := proxied(t)
	k := create(t, direct, `{"l":[]}`)
	var requests atomic.Int64
	p.Plan(func(request []byte) faultproxy.Fault {
		if !strings.Contains(string(request), findAndModify) {
			return faultproxy.None
		}
		return []faultproxy.Fault{
			faultproxy.None, faultproxy.None, faultproxy.DropReply,
			faultproxy.None, faultproxy.None, faultproxy.DropRequest,
		}[requests.Add(1)%6]
	})
	const clients, updates = 8, 15
	var acknowledged sync.Map
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := range updates {
				n := int64(c*updates + i)
				_, err := faulty.Update(t.Context(), now, k, update(driver.Push{Path: "l", Each: []driver.Value{driver.IntValue(n)}}))
				if err == nil {
					acknowledged.Store(n, true)
				} else if !errors.Is(err, driver.ErrUnknownOutcome) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	r, err := direct.Load(t.Context(), now, k)
	if err != nil {
		t.Fatal(err)
	}
	times := make(map[int64]int)
	for _, v := range r.Data.Get("l").Elems() {
		times[v.Int()]++
	}
	known := 0
	for n := range int64(clients * updates) {
		_, ok := acknowledged.Load(n)
		if ok {
			known++
		}
		if times[n] > 1 || ok && times[n] != 1 {
			t.Errorf("update %d is there %d times, acknowledged: %t", n, times[n], ok)
		}
	}
	if known == 0 {
		t.Error("no update was acknowledged")
	}
	t.Logf("%d of %d updates acknowledged", known, clients*updates)
}
