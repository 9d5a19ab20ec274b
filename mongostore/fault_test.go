package mongostore_test

import (
	"bytes"
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
	connect := func(tb testing.TB, addr string) faults.Store { return newStore(tb, at(tb, coll, addr)) }
	return faults.Network{Addr: options.Client().ApplyURI(uri).Hosts[0], Connect: connect, Asks: asks}
}

func network(t *testing.T) faults.Link {
	t.Helper()
	return reached(t).Link(t)
}

// asks tells what a request asks for: the name of a command stands in its bytes.
func asks(request []byte) faults.Request {
	switch {
	case bytes.Contains(request, []byte("findAndModify")):
		return faults.UpdateRequest
	case bytes.Contains(request, []byte("insert")):
		return faults.CreateRequest
	case bytes.Contains(request, []byte("delete")):
		return faults.DeleteRequest
	}
	return faults.OtherRequest
}

func TestFaults(t *testing.T) { faults.Run(t, reached) }

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
