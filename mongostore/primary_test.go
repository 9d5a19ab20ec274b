package mongostore_test

import (
	"context"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// Reads go to the primary, whatever the client of the collection prefers. The proxy makes the server look like a router, which
// has to be told.
func TestPrimary(t *testing.T) {
	var elsewhere atomic.Int64
	p := storetest.Proxy(t, client(uri).Hosts[0])
	edits(p, -1, func(reply bson.D) bson.D { return append(reply, bson.E{Key: "msg", Value: "isdbgrid"}) }, "hello")
	opts := options.Client().
		SetHosts([]string{p.Addr()}).
		SetServerAPIOptions(options.ServerAPI(options.ServerAPIVersion1)). // so that the first command is hello
		SetReadPreference(readpref.Secondary()).
		SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
			if _, err := e.Command.LookupErr("$readPreference"); err == nil {
				elsewhere.Add(1)
			}
		}})
	near := collection(t)
	k := createFor(t, near)
	coll := twin(t, near, opts)
	s := newStore(t, coll)
	if _, err := s.Load(t.Context(), now, k); err != nil {
		t.Error(err)
	}
	if _, err := s.List(t.Context(), now, "ann", driver.ID{}, 10); err != nil {
		t.Error(err)
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("%d commands may go to a secondary", n)
	}
	if err := coll.FindOne(t.Context(), bson.D{}).Err(); err != nil || elsewhere.Load() != 1 {
		t.Errorf("reads of the application's own: %d, %v", elsewhere.Load(), err)
	}
}
