package pgstore

import (
	"bytes"
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
)

func set(names ...string) *driver.Update {
	u := new(driver.Update)
	for i, name := range names {
		u.Ops = append(u.Ops, driver.Set{Path: driver.Path(name), Value: driver.IntValue(int64(i))})
	}
	return u
}

// TestSetStatement has updates that only set fields, or none: each is one statement, which stands in no function where the connections keep
// what they have prepared, also if it is refused. What removes a field is left to the function.
func TestSetStatement(t *testing.T) {
	for _, m := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeSimpleProtocol} {
		var sent counter
		traced := func(c *pgxpool.Config) { c.ConnConfig.Tracer = &sent }
		s := migrated(t, dial(t, serverURL, mode(m), traced), freshSchema(t))
		k, now := create(t, s, "ann", `{"n":1}`)
		renewal, large := set("n"), set("n", "more")
		renewal.Renew, large.Limits = new(driver.Secret{1}.Verifier()), driver.Limits{Size: 2}
		for _, c := range []struct {
			u    *driver.Update
			at   time.Time
			want error
		}{
			{set("n"), now, nil},
			{set("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"), now, nil},
			{&driver.Update{MaxAge: time.Hour}, now, nil},
			{large, now, driver.ErrTooLarge},
			{set("n"), now.Add(1000 * time.Hour), driver.ErrNotFound},
			{renewal, now, nil},
			{set("n"), now, driver.ErrRenewed},
			{set("n"), now.Add(driver.RenewalWindow), driver.ErrReplayed},
		} {
			o := s.newOperation(c.at, k, c.u)
			planned := o.plan()
			call, _ := o.call(retry.NewOpID(nil), false)
			want := s.sql.set
			if m == pgx.QueryExecModeSimpleProtocol {
				want = s.sql.quick
			}
			if !planned || call != want {
				t.Errorf("%v: it is sent as\n%s", m, call)
			}
			before := sent.statements.Load()
			if _, err := s.Update(t.Context(), c.at, k, c.u); !errors.Is(err, c.want) {
				t.Errorf("%v: error %v, want %v", m, err, c.want)
			}
			if n := sent.statements.Load() - before; n != 1 {
				t.Errorf("%v: %d statements, want 1", m, n)
			}
		}
		o := s.newOperation(now, k, &driver.Update{Ops: []driver.Op{set("n").Ops[0], driver.Unset{Path: "a"}}})
		planned := o.plan()
		if call, _ := o.call(retry.NewOpID(nil), false); !planned || call != s.sql.quick {
			t.Errorf("%v: what removes a field is sent as\n%s", m, call)
		}
	}
}

// TestSetBesideRenewals has clients set fields while others renew the session again and again: no renewal is undone, no update is made by a secret
// that was replaced before it was sent, and none that was acknowledged is lost.
func TestSetBesideRenewals(t *testing.T) {
	const clients, renewals = 4, 100
	s := migrated(t, dial(t, serverURL, func(c *pgxpool.Config) { c.MaxConns = 2*clients + 1 }), freshSchema(t))
	first, now := create(t, s, "", `{}`)
	var replaced, current atomic.Pointer[driver.Key]
	current.Store(&first)
	var renewed atomic.Bool
	var done sync.WaitGroup
	value := func(n int64) driver.Value { return driver.IntValue(n) }
	acknowledged := make([]int64, clients)
	for c := range clients {
		name := driver.Path(fmt.Sprint("f", c))
		done.Go(func() {
			for n := int64(1); !renewed.Load(); n++ {
				_, err := s.Update(t.Context(), now, *current.Load(), &driver.Update{Ops: []driver.Op{driver.Set{Path: name, Value: value(n)}}})
				if err == nil {
					acknowledged[c] = n
				} else if !errors.Is(err, driver.ErrNotFound) {
					t.Error(err)
				}
			}
		})
		done.Go(func() {
			for !renewed.Load() {
				if k := replaced.Load(); k != nil {
					if _, err := s.Update(t.Context(), now, *k, set("stale")); !errors.Is(err, driver.ErrNotFound) {
						t.Errorf("by a secret that was replaced: error %v, want %v", err, driver.ErrNotFound)
					}
				}
			}
		})
	}
	for i := range renewals {
		k := *current.Load()
		next := driver.Key{ID: k.ID, Verifier: driver.Secret{byte(i), 1}.Verifier()}
		u := set("renewals")
		u.Renew = &next.Verifier
		if _, err := s.Update(t.Context(), now, k, u); err != nil {
			t.Errorf("renewal %d: %v", i, err)
		}
		current.Store(&next)
		replaced.Store(&k)
	}
	renewed.Store(true)
	done.Wait()
	r, err := s.Load(t.Context(), now, *current.Load())
	if err != nil || r.Data.Get("stale").Exists() {
		t.Fatalf("it holds %s (error: %v)", r.Data.Text(), err)
	}
	for c, n := range acknowledged {
		if got := r.Data.Get(fmt.Sprint("f", c)); n > 0 && !driver.Identical(got, value(n)) {
			t.Errorf("client %d has set %d, and it holds %s", c, n, got.Text())
		}
	}
}

// TestLostSet loses messages of updates that set fields, with others that come before the store asks again and without: each takes effect once.
func TestLostSet(t *testing.T) {
	n := network(t)
	far, near := n.Far.(*Store), n.Near.(*Store)
	for _, fault := range []faultproxy.Fault{faultproxy.DropRequest, faultproxy.DropReply} {
		for _, overtaken := range []bool{false, true} {
			k, now := create(t, near, "", `{"n":1}`)
			tries := 0
			n.Proxy.Plan(func(request []byte) faultproxy.Fault {
				if !bytes.Contains(request, k.ID[:]) {
					return faultproxy.None
				}
				tries++
				switch {
				case tries == 1:
					return fault
				case tries == 2 && overtaken:
					if _, err := near.Update(t.Context(), now, k, set("n", "m")); err != nil {
						t.Error(err)
					}
				}
				return faultproxy.None
			})
			res, err := far.Update(t.Context(), now, k, set("l", "n"))
			n.Proxy.Plan(nil)
			lost := fault == faultproxy.DropReply && overtaken
			if lost != errors.Is(err, driver.ErrUnknownOutcome) || !lost && (err != nil || res.Fields.Text() != `{"l":0,"n":1}`) {
				t.Errorf("%v, overtaken %t: %v, error %v", fault, overtaken, res.Fields.Text(), err)
			}
			want, operations := `{"l":0,"n":1}`, 2 // the record knows who has created it
			if overtaken {
				want, operations = map[bool]string{true: `{"l":0,"m":1,"n":0}`, false: `{"l":0,"m":1,"n":1}`}[lost], 3
			}
			holds(t, near, k, now, want)
			sql := "SELECT octet_length(ops) / 16 FROM " + quoteIdentifier(near.schema) + ".session WHERE id = $1"
			if n := ask[int](t, near.server.(pool).Pool, sql, k.ID[:]); n != operations {
				t.Errorf("%v, overtaken %t: it remembers %d operations, want %d", fault, overtaken, n, operations)
			}
		}
	}
}
