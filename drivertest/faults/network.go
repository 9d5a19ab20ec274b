package faults

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// Store is what every store over a network can do.
type Store interface {
	driver.Store
	driver.Finder
}

// Network is a server, and how a store reaches it.
type Network struct {
	// Addr is where the server listens, as host:port.
	Addr string
	// Connect returns a client of the store that takes addr, in the place of Addr, for the address of the server, and makes all its
	// connections to it: it does not ask the server where else to find it (a cluster, a replica set), and does not use TLS. All that
	// are made have the same records, and share them with nobody. What has to be closed again goes to tb.Cleanup.
	//
	// A client goes on trying for as long as it takes to outlast two lost messages and a server that is gone for a moment: give its
	// calls twenty seconds. What is under it (a driver, a pool) should repeat nothing by itself.
	Connect func(tb testing.TB, addr string) Store
}

// Link is a store, seen through a network that can be made to fail, and directly.
type Link struct {
	Far, Near Store // Far reaches the server through Proxy
	Proxy     *faultproxy.Proxy
}

// Link connects two clients of the store, for a test of its own faults. The test's end closes the proxy.
func (n Network) Link(t *testing.T) Link {
	t.Helper()
	p := storetest.Proxy(t, n.Addr)
	return Link{Far: n.Connect(t, p.Addr()), Near: n.Connect(t, n.Addr), Proxy: p}
}
