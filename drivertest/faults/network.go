package faults

import (
	"net"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// Network is a server, and how a store reaches it.
type Network struct {
	// Addr is where the server listens on TCP, as host:port.
	Addr string
	// Connect returns a client of the store that connects to address instead of Addr, and to nothing else: one that learns from the
	// server where else it can be reached (a cluster, a replica set) is told not to go there. With TLS the certificate must hold for
	// 127.0.0.1 or not be looked at. All clients have the same records, and share them with nobody. What has to be closed again goes
	// to tb.Cleanup. A store that is no [driver.Finder] has no cases for what only those can do.
	//
	// A call must go on until it has outlasted two lost messages and a server that is gone for a moment: if the store has a timeout of
	// its own, let it be twenty seconds. What is under it, such as a driver, should repeat nothing by itself, so that it is the store
	// that is tested. Where all calls share one connection (HTTP/2, gRPC), it must say nothing by itself: see docs/stores.md.
	Connect func(tb testing.TB, address string) driver.Store
}

// Link is a store, seen through a network that can be made to fail, and directly.
type Link struct {
	Far, Near driver.Store // Far reaches the server through Proxy
	Proxy     *faultproxy.Proxy
}

// Link connects two clients of the store, for a test of its own faults. The test's end closes the proxy.
func (n Network) Link(t *testing.T) Link {
	t.Helper()
	n.answers(t)
	p := storetest.Proxy(t, n.Addr)
	return Link{Far: n.Connect(t, p.Addr()), Near: n.Connect(t, n.Addr), Proxy: p}
}

// answers ends the test if nobody listens, lest every call goes on for as long as it has time.
func (n Network) answers(t *testing.T) {
	t.Helper()
	c, err := net.DialTimeout("tcp", n.Addr, 10*time.Second)
	if err != nil {
		t.Fatalf("nobody listens at Network.Addr: %v", err)
	}
	_ = c.Close()
}
