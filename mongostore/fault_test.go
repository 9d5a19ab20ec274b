package mongostore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/mongostore"
)

// reached has clients whose own retries are off: they would hide those of the store, and need a replica set.
func reached(t *testing.T) faults.Network {
	t.Helper()
	coll := collection(t)
	connect := func(tb testing.TB, addr string) driver.Store {
		return newStoreWith(tb, at(tb, coll, addr), &mongostore.Options{Timeout: 20 * time.Second})
	}
	return faults.Network{Addr: options.Client().ApplyURI(uri).Hosts[0], Connect: connect}
}

func network(t *testing.T) faults.Link {
	t.Helper()
	return reached(t).Link(t)
}

func TestFaults(t *testing.T) {
	if unknown := faults.Run(t, reached); unknown > 0 {
		t.Errorf("the outcome of %d calls is unknown: this store goes on until it knows", unknown)
	}
}

func TestEnsureIndexesInVain(t *testing.T) {
	n := network(t)
	n.Proxy.SetDown(true)
	err := n.Far.(*mongostore.Store).EnsureIndexes(storetest.Within(t, 150*time.Millisecond))
	if !storetest.Matches(err, driver.ErrUnavailable, driver.ErrUnknownOutcome) {
		t.Errorf("the server is down: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Near.(*mongostore.Store).EnsureIndexes(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("cancelled before: %v", err)
	}
}
