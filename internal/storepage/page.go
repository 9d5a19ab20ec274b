// Package storepage is the Go on docs/stores.md: the tests of a store that talks to a server. It is compiled, and not run.
package storepage

import (
	"context"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/drivertest/faults"
)

// connect returns a client of the store, whose records are in the table.
func connect(tb testing.TB, address, table string) *Store {
	s, err := Open(address, table)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

func open(tb testing.TB) (a, b driver.Store) {
	address, table := server.address(tb), freshTable(tb)
	return connect(tb, address, table), connect(tb, address, table)
}

// TestConformance proves what every operation does, and what happens when many are done at once.
func TestConformance(t *testing.T) { drivertest.Run(t, open) }

// FuzzDifferential looks for updates of which the store makes something else than driver.Eval does.
func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, open) }

func network(t *testing.T) faults.Network {
	table := freshTable(t)
	return faults.Network{
		Addr:    server.address(t),
		Connect: func(tb testing.TB, address string) driver.Store { return connect(tb, address, table) },
	}
}

// TestFaults proves that lost, late and halved messages, silence and restarts neither lose nor repeat anything.
func TestFaults(t *testing.T) { faults.Run(t, network) }

// TestTokens makes calls that all meet a fault, and accounts for each of them: a million before a release.
func TestTokens(t *testing.T) { faults.Tokens(t, network(t), 2000) }

// TestCrash kills the server in mid-load.
func TestCrash(t *testing.T) {
	s := connect(t, server.address(t), freshTable(t))
	load := faults.NewLoad(t, s, 3)
	load.Start(s, 8)
	for range 3 {
		load.Progress(100)
		server.kill(t)
		server.restart(t)
	}
	load.Progress(100) // it works again
	load.SettleAll()
}

// TestDiskFull has every call of a client meet a full disk.
func TestDiskFull(t *testing.T) {
	s := connect(t, server.address(t), freshTable(t))
	full := func(ctx context.Context, call func(ctx context.Context)) (met bool) {
		server.fillDisk(t)
		defer server.clearDisk(t)
		call(ctx)
		return true
	}
	load := faults.NewLoad(t, s, 3)
	load.Run(100, faults.Client{Store: s, Plan: full})
	load.SettleAll()
}
