package etcdstore

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
)

func network(*testing.T) faults.Network {
	prefix := freshPrefix()
	return faults.Network{
		Addr:    server,
		Connect: func(tb testing.TB, address string) driver.Store { return connectQuiet(tb, address, prefix) },
	}
}

func TestFaults(t *testing.T) {
	if unknown := faults.Run(t, network); unknown > 0 {
		t.Logf("%d calls said that they do not know, and might have found out", unknown)
	}
}

func TestTokens(t *testing.T) { faults.Tokens(t, network(t), 300) }
