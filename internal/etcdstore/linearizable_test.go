package etcdstore

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
)

// connectTo connects to an address and a prefix, with a space between.
func connectTo(tb testing.TB, place string) driver.Store {
	address, prefix, _ := strings.Cut(place, " ")
	return connectQuiet(tb, address, prefix)
}

func TestLinearizable(t *testing.T) {
	start := func(testing.TB) string { return server + " " + freshPrefix() }
	linearizable.Run(t, linearizable.Store{Start: start, Connect: connectTo}, &linearizable.Options{Histories: 60})
}

// TestLinearizableLosses loses requests and replies meanwhile.
func TestLinearizableLosses(t *testing.T) {
	var proxy *faultproxy.Proxy
	start := func(tb testing.TB) string {
		var err error
		if proxy, err = faultproxy.New(server); err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = proxy.Close() })
		return proxy.Addr() + " " + freshPrefix()
	}
	var lost atomic.Int64
	nemesis := func(context.Context) {
		requests, enough := 0, make(chan struct{})
		proxy.Plan(func([]byte) faultproxy.Fault {
			requests++
			switch requests % 20 {
			case 7:
				lost.Add(1)
				return faultproxy.DropRequest
			case 17:
				if lost.Add(1); requests == 57 {
					close(enough)
				}
				return faultproxy.DropReply
			}
			return faultproxy.None
		})
		select {
		case <-enough:
		case <-time.After(time.Second): // the clients have nothing more to say
		}
		proxy.Plan(nil)
	}
	linearizable.Run(t, linearizable.Store{Start: start, Connect: connectTo}, &linearizable.Options{Histories: 20, Nemesis: nemesis})
	if lost.Load() == 0 {
		t.Error("nothing was lost")
	}
}
