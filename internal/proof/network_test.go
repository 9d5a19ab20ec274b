package proof

import (
	"context"
	"math/rand/v2"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// network returns the harm that a network does between clients and the server of a store whose address is a URL.
func network(s linearizable.Store) []nemesis {
	all := []nemesis{through(s, "connections cut", func(ctx context.Context, p *faultproxy.Proxy, met *atomic.Int64) {
		for range 3 {
			met.Add(1)
			p.SetDown(true)
			pause(ctx, 3*time.Millisecond)
			p.SetDown(false)
			pause(ctx, 15*time.Millisecond)
		}
	})}
	for _, f := range []struct {
		name  string
		fault faultproxy.Fault
		long  bool
	}{
		{"requests lost", faultproxy.DropRequest, false},
		{"replies lost", faultproxy.DropReply, false},
		{"requests stalled", faultproxy.StallRequest, true},
		{"replies stalled", faultproxy.StallReply, true},
		{"requests delivered late", faultproxy.LateRequest, false},
	} {
		n := through(s, f.name, func(ctx context.Context, p *faultproxy.Proxy, met *atomic.Int64) {
			before := met.Load()
			for n := 0; n < 4 || n < 100 && met.Load() < before+20; n++ { // the machine may be busy
				p.Plan(func([]byte) faultproxy.Fault {
					if rand.IntN(4) > 0 {
						return faultproxy.None
					}
					met.Add(1)
					return f.fault
				})
				pause(ctx, 10*time.Millisecond)
				p.Plan(nil) // clients connect again, so that calls meet the next fault and not their greetings
				pause(ctx, 10*time.Millisecond)
			}
			p.Release()
		})
		n.long = f.long
		all = append(all, n)
	}
	return all
}

// through returns a nemesis that works in a proxy. A fault that happens to requests counts those that have met it.
func through(s linearizable.Store, name string, harm func(ctx context.Context, p *faultproxy.Proxy, met *atomic.Int64)) nemesis {
	var p *faultproxy.Proxy
	var met atomic.Int64
	return nemesis{name: name, harm: func(ctx context.Context) error { harm(ctx, p, &met); return nil }, store: linearizable.Store{
		Start: func(tb testing.TB) string {
			tb.Cleanup(func() {
				if met.Load() == 0 {
					tb.Error("no request has met the fault")
				}
			})
			u, err := url.Parse(s.Start(tb))
			if err != nil {
				tb.Fatal(err)
			}
			p = storetest.Proxy(tb, u.Host)
			u.Host = p.Addr()
			return u.String()
		},
		Connect: s.Connect,
	}}
}
