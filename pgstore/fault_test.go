package pgstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/drivertest/faults"
)

// requests knows what the prepared statements of connections are for.
type requests struct {
	kinds    map[string]faults.Request // by the text
	prepared sync.Map                  // by the name
}

func (r *requests) TracePrepareStart(ctx context.Context, _ *pgx.Conn, data pgx.TracePrepareStartData) context.Context {
	r.prepared.Store(data.Name, r.kinds[data.SQL])
	return ctx
}

func (r *requests) TracePrepareEnd(context.Context, *pgx.Conn, pgx.TracePrepareEndData) {}

func (r *requests) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (r *requests) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// asks tells what a request asks for that executes a prepared statement. It begins with a Bind message: its kind, its length,
// the portal, which is unnamed, and the statement.
// See https://www.postgresql.org/docs/current/protocol-message-formats.html.
func (r *requests) asks(request []byte) faults.Request {
	if len(request) < 7 || request[0] != 'B' {
		return faults.OtherRequest
	}
	name, _, _ := bytes.Cut(request[6:], []byte{0})
	kind, _ := r.prepared.Load(string(name))
	asks, _ := kind.(faults.Request)
	return asks
}

// reached has clients as pgx makes them by default, with prepared statements.
func reached(t *testing.T) faults.Network {
	t.Helper()
	schema := freshSchema(t)
	near := migrated(t, connect(t), schema)
	r := &requests{kinds: map[string]faults.Request{
		near.sql.create:                faults.CreateRequest,
		near.sql.quick:                 faults.UpdateRequest,
		near.sql.update:                faults.UpdateRequest,
		near.sql.nestedCalls.quick:     faults.UpdateRequest,
		near.sql.nestedCalls.update:    faults.UpdateRequest,
		near.sql.delete:                faults.DeleteRequest,
		near.sql.theirs.deleteMany:     faults.DeleteRequest,
		near.sql.everybodys.deleteMany: faults.DeleteRequest,
	}}
	connect := func(tb testing.TB, addr string) faults.Store {
		pool := dial(tb, with(tb, serverURL, "host", addr), func(c *pgxpool.Config) { c.ConnConfig.Tracer = r })
		return over(tb, pool, &Options{Schema: schema, Timeout: 20 * time.Second})
	}
	return faults.Network{Addr: address(serverURL), Connect: connect, Asks: r.asks}
}

func network(t *testing.T) faults.Link {
	t.Helper()
	return reached(t).Link(t)
}

// TestLostSignIn loses messages of updates whose function does more than to change the session: each takes effect once.
func TestLostSignIn(t *testing.T) {
	n := network(t)
	far, near := n.Far.(*Store), n.Near.(*Store)
	for name, fault := range map[string]faultproxy.Fault{"request": faultproxy.DropRequest, "reply": faultproxy.DropReply} {
		for _, end := range []bool{true, false} {
			user := fmt.Sprint("ann", name, end)
			k, now := create(t, near, "", `{"n":1}`)
			other, _ := create(t, near, user, `{"n":1}`)
			if !end {
				other, _ = create(t, near, "bob", `{"n":1}`)
			}
			u := signIn(user, driver.SessionLimit{Max: 2, End: end})
			u.Ops, u.Authenticated = inc("n").Ops, now
			lose := func(call func() (driver.Result, error)) {
				t.Helper()
				met := n.Proxy.Once(fault, string(k.ID[:]))
				if res, err := call(); err != nil || !met() || res.User != user {
					t.Errorf("%s: %+v, error %v", name, res, err)
				}
				n.Proxy.Plan(nil)
			}
			lose(func() (driver.Result, error) { return far.Update(t.Context(), now, k, u) })
			u = inc("n")
			u.AuthenticatedSince = now
			lose(func() (driver.Result, error) { return far.Update(t.Context(), now, k, u) })
			lose(func() (driver.Result, error) {
				return far.Update(t.Context(), now, driver.UserKey(k.ID, user), inc("n"))
			})
			counts(t, near, k, now, 4)
			counts(t, near, other, now, 1)
		}
	}
}

func TestFaults(t *testing.T) { faults.Run(t, reached) }

// TestLostLocked loses each of the messages of an update that the client works out with the session locked: it takes effect once.
func TestLostLocked(t *testing.T) {
	n := network(t)
	far, near := n.Far.(*Store), n.Near.(*Store)
	for _, fault := range []faultproxy.Fault{faultproxy.DropRequest, faultproxy.DropReply} {
		for lost := range 6 {
			k, now := create(t, near, "", `{"n":1}`)
			counts(t, far, k, now, 1) // it is connected
			var seen atomic.Int32
			n.Proxy.Plan(func([]byte) faultproxy.Fault {
				if int(seen.Add(1)) == lost+1 {
					return fault
				}
				return faultproxy.None
			})
			o := far.newOperation(now, k, inc("n"))
			_, _, err := o.locked(t.Context(), append(guard(now, k), []string{"n"}), []string{"n"})
			n.Proxy.Plan(nil)
			if err != nil && !errors.Is(err, retry.ErrChanged) {
				t.Errorf("%v of message %d: error %v", fault, lost, err)
			}
			want := int64(2)
			if err != nil {
				want = 1
			}
			counts(t, near, k, now, want)
			if int(seen.Load()) <= lost {
				t.Errorf("there is no message %d", lost)
			}
		}
	}
}
