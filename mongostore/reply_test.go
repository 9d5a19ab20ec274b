package mongostore_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/mongostore"
)

// edits has the proxy change the replies to the commands, the first n of them, after the server has carried them out.
func edits(p *faultproxy.Proxy, n int, edit func(reply bson.D) bson.D, commands ...string) {
	p.Edit(func(reply []byte) []byte {
		const header = 16 + 4 + 1 // of a message with one document
		var d bson.D
		if err := bson.Unmarshal(reply[header:], &d); err != nil {
			panic(err)
		}
		body, err := bson.Marshal(edit(d))
		if err != nil {
			panic(err)
		}
		reply = append(bytes.Clone(reply[:header]), body...)
		binary.LittleEndian.PutUint32(reply, uint32(len(reply)))
		return reply
	})
	p.Plan(func(request []byte) faultproxy.Fault {
		if n == 0 || !slices.ContainsFunc(commands, func(c string) bool { return asksFor(request, c) }) {
			return faultproxy.None
		}
		n--
		return faultproxy.EditReply
	})
}

// asksFor reports whether a request is the command: its name is the name of a string or of a number.
func asksFor(request []byte, command string) bool {
	return bytes.Contains(request, []byte("\x02"+command+"\x00")) || bytes.Contains(request, []byte("\x10"+command+"\x00"))
}

// serverError is the reply of a server that gives up on a command.
func serverError(code int) func(bson.D) bson.D {
	return func(bson.D) bson.D {
		return bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: code}, {Key: "codeName", Value: "Test"}, {Key: "errmsg", Value: "a test"}}
	}
}

// notDurable is the reply of a server that has made a change, but could not do with it what the write concern asks.
func notDurable(reply bson.D) bson.D {
	return append(reply, bson.E{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: 64}, {Key: "errmsg", Value: "a test"}}})
}

// proxied returns a new collection, a proxy in front of its server, and a store that goes through it without retries of the
// driver's own.
func proxied(t *testing.T) (coll *mongo.Collection, far *mongostore.Store, p *faultproxy.Proxy) {
	t.Helper()
	p = storetest.Proxy(t, client(uri).Hosts[0])
	coll = collection(t)
	return coll, newStore(t, through(t, coll, p)), p
}

// through returns the same collection as it is seen through the proxy.
func through(t *testing.T, coll *mongo.Collection, p *faultproxy.Proxy) *mongo.Collection {
	t.Helper()
	return at(t, coll, p.Addr())
}

// at returns the same collection of a server that is said to be at addr.
func at(tb testing.TB, coll *mongo.Collection, addr string) *mongo.Collection {
	tb.Helper()
	return twin(tb, coll, options.Client().SetHosts([]string{addr}).SetDirect(true).SetRetryWrites(false).SetRetryReads(false))
}

// A server that gives up on a command may have carried it out; the change counts once.
func TestInterrupted(t *testing.T) {
	for _, code := range []int{6, 7, 50, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			coll, far, p := proxied(t)
			near := newStore(t, coll)
			k := create(t, near, `{"n":0}`)
			edits(p, 1, serverError(code), "findAndModify")
			if _, err := far.Update(t.Context(), now, k, increment); err != nil || load(t, near, k) != `{"n":1}` {
				t.Errorf("Update: %v, and the session is %s", err, load(t, near, k))
			}
			edits(p, 1, serverError(code), "delete")
			if err := far.Delete(t.Context(), now, k); err != nil {
				t.Errorf("Delete: %v", err)
			}
			edits(p, 1, serverError(code), "insert")
			k, r := newSession(`{}`)
			if err := far.Create(t.Context(), k.Verifier, r); err != nil || load(t, near, k) != `{}` {
				t.Errorf("Create: %v, and the session is %s", err, load(t, near, k))
			}
			createFor(t, coll)
			edits(p, 1, serverError(code), "delete")
			_, _, err := far.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 10)
			if !errors.Is(err, driver.ErrUnknownOutcome) {
				t.Errorf("DeleteMany: %v instead of %v", err, driver.ErrUnknownOutcome)
			}
		})
	}
}

// Nothing is acknowledged that is not as safe as the write concern asks, when a reply was lost too.
func TestNotDurable(t *testing.T) {
	coll, _, p := proxied(t)
	far := newStoreWith(t, through(t, coll, p), &mongostore.Options{Timeout: 100 * time.Millisecond})
	k, r := newSession(`{"n":0}`)
	wantUnknown := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, driver.ErrUnknownOutcome) {
			t.Errorf("%s: %v instead of %v", what, err, driver.ErrUnknownOutcome)
		}
	}
	edits(p, -1, notDurable, "insert", "update", "findAndModify", "delete")
	wantUnknown("Create", far.Create(t.Context(), k.Verifier, r))
	_, err := far.Update(t.Context(), now, k, increment)
	wantUnknown("Update", err)
	wantUnknown("Delete", far.Delete(t.Context(), now, k))

	k, r = newSession(`{}`)
	p.Plan(func(request []byte) faultproxy.Fault {
		switch {
		case asksFor(request, "insert"):
			return faultproxy.DropReply
		case asksFor(request, "update"):
			return faultproxy.EditReply
		}
		return faultproxy.None
	})
	wantUnknown("Create without a reply", far.Create(t.Context(), k.Verifier, r))

	edits(p, 1, notDurable, "insert") // in time, after all
	k, r = newSession(`{}`)
	if err := far.Create(t.Context(), k.Verifier, r); err != nil {
		t.Errorf("Create: %v", err)
	}
	if err := far.Create(t.Context(), k.Verifier, r); !errors.Is(err, driver.ErrExists) {
		t.Errorf("Create again: %v instead of %v", err, driver.ErrExists)
	}
	if n, err := coll.CountDocuments(t.Context(), bson.D{}); n != 2 || err != nil {
		t.Errorf("%d documents, %v", n, err)
	}
}

// The client's own retry of an insert meets what the first try has inserted, where the server does not know it again.
func TestCreateTwice(t *testing.T) {
	_, far, p := proxied(t)
	k, r := newSession(`{}`)
	duplicate := bson.D{{Key: "index", Value: 0}, {Key: "code", Value: 11000}, {Key: "errmsg", Value: "a test"}}
	edits(p, 1, func(bson.D) bson.D {
		return bson.D{{Key: "n", Value: 0}, {Key: "writeErrors", Value: bson.A{duplicate}}, {Key: "ok", Value: 1.0}}
	}, "insert")
	if err := far.Create(t.Context(), k.Verifier, r); err != nil {
		t.Error(err)
	}
	if err := far.Create(t.Context(), k.Verifier, r); !errors.Is(err, driver.ErrExists) {
		t.Errorf("%v instead of %v", err, driver.ErrExists)
	}
	p.Plan(func(request []byte) faultproxy.Fault {
		if asksFor(request, "update") {
			return faultproxy.DropRequest
		}
		return faultproxy.None
	})
	if err := far.Create(t.Context(), k.Verifier, r); !errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("%v instead of %v", err, driver.ErrUnknownOutcome)
	}
}

// An update that others always come before waits between its tries.
func TestPace(t *testing.T) {
	coll, far, p := proxied(t)
	k := create(t, newStore(t, coll), `{"o":{"z":1}}`)
	var tries atomic.Int64
	edits(p, -1, func(bson.D) bson.D {
		tries.Add(1)
		return bson.D{{Key: "value", Value: nil}, {Key: "ok", Value: 1.0}} // the filter has matched nothing
	}, "findAndModify")
	ordered := &driver.Update{If: []driver.Condition{{Path: "o", Is: driver.Lt, Value: value(`{"z":2}`)}}}
	_, err := far.Update(storetest.Within(t, time.Second), now, k, ordered)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the update ends with %v", err)
	}
	if n := tries.Load(); n < 2 || n > 30 {
		t.Errorf("%d tries in a second", n)
	}
}
