package mongostore_test

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"flag"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// traffic counts the bytes of a client's connections.
type traffic struct{ sent, received atomic.Int64 }

func (tr *traffic) options() *options.ClientOptions {
	return options.Client().SetDialer(tr).SetHeartbeatInterval(time.Hour)
}

// DialContext implements options.ContextDialer.
func (tr *traffic) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	return countedConn{c, tr}, err
}

type countedConn struct {
	net.Conn
	traffic *traffic
}

func (c countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.traffic.received.Add(int64(n))
	return n, err
}

func (c countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.traffic.sent.Add(int64(n))
	return n, err
}

func (tr *traffic) total() int64 { return tr.sent.Load() + tr.received.Load() }

// sized returns the data of a session of about n bytes.
func sized(n int) string { return fmt.Sprintf(`{"n":0,"rest":%q}`, strings.Repeat("x", n)) }

var increment = update(driver.Inc{Path: "n", By: value(`1`)})

// bytesPerUpdate returns what an update of one field of a session of n bytes costs on the wire.
func bytesPerUpdate(tb testing.TB, n int) int64 {
	tb.Helper()
	var tr traffic
	s := newStore(tb, collection(tb, tr.options()))
	k := create(tb, s, sized(n))
	const updates = 20
	before := tr.total()
	for range updates {
		if _, err := s.Update(tb.Context(), now, k, increment); err != nil {
			tb.Fatal(err)
		}
	}
	return (tr.total() - before) / updates
}

func TestBytesOnTheWire(t *testing.T) {
	small, large := bytesPerUpdate(t, 1<<10), bytesPerUpdate(t, 200<<10)
	t.Logf("%d bytes for an update of 1 KB, %d for one of 200 KB", small, large)
	if float64(large) > 1.5*float64(small) {
		t.Error("the size of the session is on the wire")
	}
}

// used is what a request does that counts: it is a use of the session as well.
var used = &driver.Update{Ops: increment.Ops, MaxAge: time.Hour}

const (
	benchClients = 16
	benchUpdates = 25 // of each client in a round
)

// BenchmarkUpdate measures an update of one field by 16 clients, each with a session of its own, beside findOneAndUpdate
// written by hand: "same" does all that the store's command does, "guarded" checks the ID, the secret and the expiry
// alone. They take turns, so that a busy machine slows all of them. A round is 400 updates of each.
func BenchmarkUpdate(b *testing.B) {
	coll := collection(b, options.Client().SetMaxPoolSize(2*benchClients).SetWriteConcern(writeconcern.Majority()))
	s := newStore(b, coll)
	keys := make([]driver.Key, benchClients)
	for i := range keys {
		keys[i] = create(b, s, sized(1<<10))
	}
	contenders := []struct {
		name string
		call func(ctx context.Context, k driver.Key) error
		took time.Duration
	}{
		{name: "store", call: func(ctx context.Context, k driver.Key) error {
			_, err := s.Update(ctx, now, k, used)
			return err
		}},
		{name: "same", call: func(ctx context.Context, k driver.Key) error { return sameByHand(ctx, coll, k) }},
		{name: "guarded", call: func(ctx context.Context, k driver.Key) error { return guardedByHand(ctx, coll, k) }},
	}
	for b.Loop() {
		for i := range contenders {
			c := &contenders[i]
			start := time.Now()
			var wg sync.WaitGroup
			for _, k := range keys {
				wg.Go(func() {
					for range benchUpdates {
						if err := c.call(b.Context(), k); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			c.took += time.Since(start)
		}
	}
	for _, c := range contenders {
		b.ReportMetric(float64(c.took.Microseconds())/float64(b.N*benchClients*benchUpdates), c.name+"-µs/update")
	}
	b.ReportMetric(float64(contenders[0].took)/float64(contenders[1].took), "x-same")
	b.ReportMetric(float64(contenders[0].took)/float64(contenders[2].took), "x-guarded")
}

func guardedByHand(ctx context.Context, coll *mongo.Collection, k driver.Key) error {
	filter := bson.D{
		{Key: "_id", Value: bson.Binary{Data: k.ID[:]}},
		{Key: "verifier", Value: bson.Binary{Data: k.Verifier[:]}},
		{Key: "expires", Value: bson.D{{Key: "$gt", Value: now}}},
	}
	change := bson.D{
		{Key: "$inc", Value: bson.D{{Key: "data.n", Value: int64(1)}}},
		{Key: "$max", Value: bson.D{{Key: "used", Value: now}, {Key: "expires", Value: now.Add(time.Hour)}}},
	}
	opts := options.FindOneAndUpdate().SetReturnDocument(options.After).SetProjection(bson.D{{Key: "data.n", Value: 1}, {Key: "used", Value: 1}})
	return coll.FindOneAndUpdate(ctx, filter, change, opts).Err()
}

func sameByHand(ctx context.Context, coll *mongo.Collection, k driver.Key) error {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], uint64(time.Now().UnixNano()))
	rand.Read(id[8:])
	op := bson.Binary{Data: id[:]}
	filter := bson.D{
		{Key: "_id", Value: bson.Binary{Data: k.ID[:]}},
		{Key: "verifier", Value: bson.Binary{Data: k.Verifier[:]}},
		{Key: "v", Value: 1},
		{Key: "expires", Value: bson.D{{Key: "$gt", Value: now}}},
		{Key: "deadline", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$lte", Value: now}}}}},
		{Key: "ops", Value: bson.D{{Key: "$ne", Value: op}}},
		{Key: "$or", Value: bson.A{
			bson.D{{Key: "ops.15", Value: bson.D{{Key: "$exists", Value: false}}}},
			bson.D{{Key: "ops.0", Value: bson.D{{Key: "$lt", Value: op}}}},
		}},
		{Key: "data", Value: bson.D{{Key: "$type", Value: "object"}, {Key: "$not", Value: bson.D{{Key: "$type", Value: "array"}}}}},
		{Key: "data.n", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$type", Value: "bool"}}}}},
		{Key: "$expr", Value: bson.D{{Key: "$lte", Value: bson.A{
			bson.D{{Key: "$add", Value: bson.A{bson.D{{Key: "$bsonSize", Value: "$data"}}, 27}}}, 1 << 20,
		}}}},
	}
	change := bson.D{
		{Key: "$inc", Value: bson.D{{Key: "data.n", Value: int64(1)}}},
		{Key: "$max", Value: bson.D{{Key: "used", Value: now}, {Key: "expires", Value: now.Add(time.Hour)}}},
		{Key: "$set", Value: bson.D{{Key: "op", Value: op}}},
		{Key: "$push", Value: bson.D{{Key: "ops", Value: bson.D{
			{Key: "$each", Value: bson.A{op}}, {Key: "$sort", Value: 1}, {Key: "$slice", Value: -16},
		}}}},
	}
	opts := options.FindOneAndUpdate().SetReturnDocument(options.Before).SetProjection(bson.D{
		{Key: "v", Value: 1},
		{Key: "user", Value: 1},
		{Key: "label", Value: 1},
		{Key: "created", Value: 1},
		{Key: "used", Value: 1},
		{Key: "expires", Value: 1},
		{Key: "lifetime", Value: 1},
		{Key: "deadline", Value: 1},
		{Key: "data.n", Value: 1},
	})
	return coll.FindOneAndUpdate(ctx, filter, change, opts).Err()
}

func BenchmarkLoad(b *testing.B) {
	s := newStore(b, collection(b))
	k := create(b, s, sized(1<<10))
	for b.Loop() {
		if _, err := s.Load(b.Context(), now, k); err != nil {
			b.Fatal(err)
		}
	}
}

// smoke reports whether one round is all that was asked for: a run that only shows that the benchmarks work.
func smoke() bool { return flag.Lookup("test.benchtime").Value.String() == "1x" }

// BenchmarkDeleteMany ends all sessions of a user in steps of 500.
func BenchmarkDeleteMany(b *testing.B) {
	sessions, step := 10_000, 500
	if smoke() {
		sessions = 1000
	}
	b.Run(fmt.Sprintf("sessions=%d", sessions), func(b *testing.B) {
		coll := collection(b)
		s := newStore(b, coll)
		if err := s.EnsureIndexes(b.Context()); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			b.StopTimer()
			createMany(b, coll, sessions)
			b.StartTimer()
			total := 0
			for after := (driver.ID{}); ; {
				n, next, err := s.DeleteMany(b.Context(), now, driver.Selection{User: "ann"}, after, step)
				if err != nil {
					b.Fatal(err)
				}
				if total += n; next.IsZero() {
					break
				}
				after = next
			}
			if total != sessions {
				b.Fatalf("%d of %d sessions have been ended", total, sessions)
			}
		}
	})
}

// BenchmarkEverybody is about 100 000 sessions.
func BenchmarkEverybody(b *testing.B) {
	sessions := 100_000
	if smoke() {
		sessions = 1000
	}
	coll := collection(b)
	storetest.BenchmarkEverybody(b, newStore(b, coll), sessions, func() { createMany(b, coll, sessions) })
}

// createMany puts copies of a session of the user ann into the collection, quickly.
func createMany(b *testing.B, coll *mongo.Collection, n int) {
	b.Helper()
	k, r := newSession(`{"n":0}`)
	r.User = "ann"
	if err := newStore(b, coll).Create(b.Context(), k.Verifier, r); err != nil {
		b.Fatal(err)
	}
	var d bson.D
	if err := coll.FindOneAndDelete(b.Context(), bson.D{{Key: "_id", Value: bson.Binary{Data: k.ID[:]}}}).Decode(&d); err != nil {
		b.Fatal(err)
	}
	for batch := 0; batch < n; batch += 500 {
		var list []any
		for range min(500, n-batch) {
			id := make([]byte, len(k.ID))
			rand.Read(id)
			list = append(list, append(bson.D{{Key: "_id", Value: bson.Binary{Data: id}}}, d[1:]...))
		}
		if _, err := coll.InsertMany(b.Context(), list); err != nil {
			b.Fatal(err)
		}
	}
}
