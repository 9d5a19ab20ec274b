package redisstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/faultproxy"
)

// proxied returns a store behind a proxy, and one over the same keys that reaches the server directly.
func proxied(t *testing.T) (far, near *Store, p *faultproxy.Proxy) {
	t.Helper()
	p, err := faultproxy.New(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	o := Options{Prefix: freshPrefix(), Timeout: 20 * time.Second}
	near = newStore(t, address, o)
	loadScripts(t, near)
	return newStore(t, p.Addr(), o), near, p
}

// loadScripts makes the server know the scripts, so that requests name them by digest.
func loadScripts(t *testing.T, s *Store) {
	t.Helper()
	for _, sc := range []*script{updateScript, readScript, createScript, deleteScript, indexScript} {
		do(t, s.client, "SCRIPT", "LOAD", sc.text)
	}
}

// times plans the fault for the first n requests that name the script.
func times(n int, fault faultproxy.Fault, sc *script) func(request []byte) faultproxy.Fault {
	return func(request []byte) faultproxy.Fault {
		if n == 0 || !bytes.Contains(request, []byte(sc.sha)) {
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
		for i, path := range []driver.Path{"n", "a.n", "n", "a.n"} {
			renew := i > 1 // then a late request has the wrong verifier as well
			t.Run(fmt.Sprintf("%s %s renew=%v", c.name, path, renew), func(t *testing.T) {
				far, near, p := proxied(t)
				k, now := create(t, near, "", `{"a":{"n":1},"n":1}`)
				p.Plan(times(c.times, c.fault, updateScript))
				u := inc(path)
				v := k.Verifier
				if renew {
					v = someKey().Verifier
					u.Renew = &v
				}
				res, err := far.Update(context.Background(), now, k, u)
				if err != nil {
					t.Fatal(err)
				}
				if n := res.Fields.Lookup(path).Int(); n != 2 {
					t.Errorf("it returned %d, want 2", n)
				}
				k.Verifier = v
				p.Plan(nil)
				p.Release()
				if c.fault == faultproxy.LateRequest {
					waitUntil(t, "the late requests have arrived", func() bool { return p.Delivered() == c.times })
				}
				r, err := near.Load(context.Background(), now, k)
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
	ctx := context.Background()
	k, now := create(t, near, "", `{"n":1,"open":false}`)
	p.Plan(times(1, faultproxy.LateRequest, updateScript))
	u := inc("n")
	u.If = []driver.Condition{{Path: "open", Is: driver.Eq, Value: driver.BoolValue(true)}}
	if _, err := far.Update(ctx, now, k, u); !errors.Is(err, driver.ErrCondition) {
		t.Fatalf("error %v, want %v", err, driver.ErrCondition)
	}
	open := &driver.Update{Ops: []driver.Op{driver.Set{Path: "open", Value: driver.BoolValue(true)}}}
	if _, err := near.Update(ctx, now, k, open); err != nil {
		t.Fatal(err)
	}
	p.Release()
	waitUntil(t, "the late request has arrived", func() bool { return p.Delivered() == 1 })
	counts(t, near, k, now, 1)
}

// TestLateBetween has the first try arrive after the client has asked for it in vain, and before the second.
func TestLateBetween(t *testing.T) {
	far, near, p := proxied(t)
	k, now := create(t, near, "", `{"n":1}`)
	var first []byte
	p.Plan(func(request []byte) faultproxy.Fault {
		if !bytes.Contains(request, []byte(updateScript.sha)) {
			return faultproxy.None
		}
		if first == nil {
			first = bytes.Clone(request)
			return faultproxy.DropRequest
		}
		deliver(t, first)
		return faultproxy.None
	})
	res, err := far.Update(context.Background(), now, k, inc("n"))
	if err != nil || res.Fields.Get("n").Int() != 2 {
		t.Errorf("it returned %v (error: %v)", res.Fields, err)
	}
	counts(t, near, k, now, 2)
}

// deliver sends a request to the server and waits for the reply.
func deliver(t *testing.T, request []byte) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	if _, err := c.Write(request); err != nil {
		t.Error(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
}

// TestRefusalLost has the reply to a refused second try lost as well.
func TestRefusalLost(t *testing.T) {
	far, near, p := proxied(t)
	k, now := create(t, near, "", `{"n":"x"}`)
	drops := times(1, faultproxy.DropReply, updateScript)
	first := times(1, faultproxy.LateRequest, updateScript)
	p.Plan(func(request []byte) faultproxy.Fault {
		if f := first(request); f != faultproxy.None {
			return f
		}
		return drops(request)
	})
	if _, err := far.Update(context.Background(), now, k, inc("n")); !errors.Is(err, driver.ErrType) {
		t.Errorf("error %v, want %v", err, driver.ErrType)
	}
	p.Release()
}

// TestInterleaved has others update the session before the client can ask what became of its update.
func TestInterleaved(t *testing.T) {
	set := &driver.Update{Ops: []driver.Op{driver.Set{Path: "s", Value: driver.IntValue(5)}, driver.Unset{Path: "n"}}}
	take := &driver.Update{Ops: []driver.Op{driver.Take{Path: "n"}}}
	for _, c := range []struct {
		name   string
		fault  faultproxy.Fault
		others int
		u      *driver.Update
		want   error
	}{
		{"what it left is known beforehand", faultproxy.DropReply, 1, set, nil},
		{"what it left is no longer there", faultproxy.DropReply, 1, inc("n"), driver.ErrUnknownOutcome},
		{"what it took is gone", faultproxy.DropReply, 0, take, driver.ErrUnknownOutcome},
		{"it was never sent", faultproxy.DropRequest, 1, inc("n"), nil},
		{"too many came after it to tell", faultproxy.DropReply, 3 * half, set, driver.ErrUnknownOutcome},
		{"too many came to tell that it did not", faultproxy.DropRequest, 3 * half, set, driver.ErrUnknownOutcome},
	} {
		t.Run(c.name, func(t *testing.T) {
			far, near, p := proxied(t)
			ctx := context.Background()
			k, now := create(t, near, "", `{"n":1}`)
			lose := times(1, c.fault, updateScript)
			others := c.others
			p.Plan(func(request []byte) faultproxy.Fault {
				for ; others > 0 && bytes.Contains(request, []byte(readScript.sha)); others-- {
					if _, err := near.Update(ctx, now, k, inc("other")); err != nil {
						t.Error(err)
					}
				}
				return lose(request)
			})
			res, err := far.Update(ctx, now, k, c.u)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			r, loadErr := near.Load(ctx, now, k)
			if loadErr != nil {
				t.Fatal(loadErr)
			}
			want, _, evalErr := driver.Eval(driver.Doc{}.With("n", driver.IntValue(1)), c.u, now)
			if evalErr != nil {
				t.Fatal(evalErr)
			}
			if err == nil && !driver.IdenticalDocs(res.Fields, c.u.Written(want)) {
				t.Errorf("it returned %v, want %v", res.Fields, c.u.Written(want))
			}
			if got := r.Data.Without("other"); !driver.IdenticalDocs(got, want) && c.fault == faultproxy.DropReply {
				t.Errorf("the document is %v, want %v", got, want)
			}
		})
	}
}

// TestLostUnreplicated loses the reply to an update that no replica has received: to find that it was applied is not enough.
func TestLostUnreplicated(t *testing.T) {
	srv := newServer(t)
	p, err := faultproxy.New(srv.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	o := Options{Prefix: freshPrefix(), Timeout: 500 * time.Millisecond}
	near := newStore(t, srv.addr, o)
	loadScripts(t, near)
	o.Replicas = 1
	far := newStore(t, p.Addr(), o)
	k, now := create(t, near, "", `{"n":1}`)
	p.Plan(times(1, faultproxy.DropReply, updateScript))
	if _, err := far.Update(context.Background(), now, k, inc("n")); !errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("error %v, want %v", err, driver.ErrUnknownOutcome)
	}
	counts(t, near, k, now, 2)
}

// TestUnreliable counts over a network that loses one message in twenty.
func TestUnreliable(t *testing.T) {
	far, near, p := proxied(t)
	k, now := create(t, near, "", `{"a":{"n":0},"n":0}`)
	late := 0
	p.Plan(func([]byte) faultproxy.Fault {
		fault := []faultproxy.Fault{faultproxy.DropReply, faultproxy.DropRequest, faultproxy.LateRequest, faultproxy.None}[min(3, rand.IntN(60))]
		if fault == faultproxy.LateRequest {
			late++
		}
		return fault
	})
	var acked, unknown [2]atomic.Int64
	var done sync.WaitGroup
	for w := range 8 {
		done.Go(func() {
			for range 40 {
				switch _, err := far.Update(context.Background(), now, k, inc([]driver.Path{"n", "a.n"}[w%2])); {
				case err == nil:
					acked[w%2].Add(1)
				case errors.Is(err, driver.ErrUnknownOutcome):
					unknown[w%2].Add(1)
				default:
					t.Errorf("Update: %v", err)
				}
			}
		})
	}
	done.Wait()
	p.Plan(nil)
	p.Release()
	waitUntil(t, "the late requests have arrived", func() bool { return p.Delivered() == late })
	r, err := near.Load(context.Background(), now, k)
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range []driver.Path{"n", "a.n"} {
		n, a, u := r.Data.Lookup(path).Int(), acked[i].Load(), unknown[i].Load()
		t.Logf("%s is %d: %d acknowledged, %d unknown", path, n, a, u)
		if n < a || n > a+u {
			t.Errorf("%s is %d, with %d acknowledged and %d unknown", path, n, a, u)
		}
	}
}
