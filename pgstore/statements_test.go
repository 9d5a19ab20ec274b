package pgstore

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// counter counts what connections send, and how long they wait for the answers in nanoseconds.
type counter struct{ statements, waited atomic.Int64 }

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.statements.Add(1)
	return context.WithValue(ctx, c, time.Now())
}

func (c *counter) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	if sent, ok := ctx.Value(c).(time.Time); ok {
		c.waited.Add(int64(time.Since(sent)))
	}
}

// TestStatements counts what each method sends.
func TestStatements(t *testing.T) {
	var byPool, byPgx counter
	traced := dial(t, serverURL, func(c *pgxpool.Config) { c.ConnConfig.Tracer = &byPool })
	config := dial(t, serverURL).Config().ConnConfig
	config.Tracer = &byPgx
	byPq := counted{Connector: pqConnector(t, serverURL)}
	schema := freshSchema(t)
	s := migrated(t, traced, schema)
	t.Run("pool", func(t *testing.T) { testStatements(t, s, &byPool.statements) })
	t.Run("pgx", func(t *testing.T) {
		s := overDB(t, openDB(t, stdlib.GetConnector(*config), 0), &Options{Schema: schema})
		testStatements(t, s, &byPgx.statements)
		o := s.newOperation(time.Now(), storetest.NewKey(), set("n"))
		planned := o.plan()
		if call, _ := o.call(retry.NewOpID(nil), false); !planned || call != s.sql.set {
			t.Errorf("though its connections keep what they have prepared, a field is set by\n%s", call)
		}
	})
	t.Run("pq", func(t *testing.T) {
		testStatements(t, overDB(t, openDB(t, &byPq, 0), &Options{Schema: schema}), &byPq.statements)
	})
}

func testStatements(t *testing.T, s *Store, sent *atomic.Int64) {
	ctx := t.Context()
	var k driver.Key
	var now time.Time
	update := func(u driver.Update) func() error {
		return func() error {
			_, err := s.Update(ctx, now, k, &u)
			return err
		}
	}
	ops := append(storetest.CommonOps(), storetest.NestedOps()...)
	type step struct {
		name string
		run  func() error
		want int64
	}
	steps := []step{
		{"touch", update(driver.Update{}), 1},
		{"renew, bind and extend", update(driver.Update{Renew: new(driver.Verifier), User: new("ann"), MaxAge: 90 * time.Minute}), 1},
		{"all operators in a batch", update(driver.Update{Ops: ops, If: append(storetest.CommonConditions(), storetest.NestedCondition())}), 1},
		{"array index", update(driver.Update{Ops: []driver.Op{driver.Inc{Path: "pop.0", By: driver.IntValue(1)}}}), 3},
		{"sorted push", update(driver.Update{Ops: []driver.Op{driver.Push{Path: "push", Sort: []driver.Sort{{}}}}}), 2},
		{"load", func() error { _, err := s.Load(ctx, now, k); return err }, 1},
		{"load fields", func() error { _, err := s.LoadFields(ctx, now, k, []string{"inc", "set"}); return err }, 1},
		{"delete", func() error { return s.Delete(ctx, now, k) }, 1},
		{"list", func() error { _, err := s.List(ctx, now, "ann", driver.ID{}, 10); return err }, 1},
		{"list everybody's", func() error { _, err := s.List(ctx, now, "", driver.ID{}, 10); return err }, 1},
		{"sign in under a limit", update(*signIn("eve", driver.SessionLimit{Max: 1, End: true})), 1},
		{"re-authenticated", update(driver.Update{Authenticated: now, AuthenticatedSince: now}), 1},
		{"update by user", func() error { _, err := s.Update(ctx, now, driver.UserKey(k.ID, "bob"), inc("inc")); return err }, 1},
		{"end one", func() error { return s.Delete(ctx, now, driver.UserKey(k.ID, "bob")) }, 1},
		{"end all", func() error {
			_, _, err := s.DeleteMany(ctx, now, driver.Selection{User: "bob"}, driver.ID{}, 10)
			return err
		}, 2},
		{"sweep", func() error { _, err := s.Sweep(ctx, now, 10); return err }, 1},
	}
	for _, op := range ops {
		steps = append(steps, step{op.Name(), update(driver.Update{Ops: []driver.Op{op}}), 1})
	}
	for _, st := range steps {
		k, now = create(t, s, "bob", storetest.CommonDoc)
		before := sent.Load()
		if err := st.run(); err != nil {
			t.Fatalf("%s: %v", st.name, err)
		}
		if got := sent.Load() - before; got != st.want {
			t.Errorf("%s: %d statements, want %d", st.name, got, st.want)
		}
	}
}

// TestNestedStatements has a thousand uncontended calls of each kind of update that looks or writes inside lists and maps.
func TestNestedStatements(t *testing.T) {
	var sent counter
	s := migrated(t, dial(t, serverURL, func(c *pgxpool.Config) { c.ConnConfig.Tracer = &sent }), freshSchema(t))
	one, tea := driver.IntValue(1), driver.Condition{Path: "sku", Is: driver.Eq, Value: driver.StringValue("tea")}
	cond := func(p driver.Path, is driver.Comparison, v driver.Value) driver.Condition {
		return driver.Condition{Path: p, Is: is, Value: v}
	}
	inc := func(p driver.Path) driver.Op { return driver.Inc{Path: p, By: one} }
	plans := driver.ArrayValue(driver.StringValue("free"), driver.StringValue("pro"))
	for name, u := range map[string]driver.Update{
		"elements": {Ops: []driver.Op{driver.Elements{Path: "list", Where: []driver.Condition{tea}, Do: []driver.Op{inc("qty")}}}},
		"entry":    {Ops: []driver.Op{inc("cart.tea.qty")}},
		"elemMatch": {
			If:  []driver.Condition{{Path: "list", Is: driver.ElemMatch, Each: []driver.Condition{tea}}},
			Ops: []driver.Op{inc("n")},
		},
		"in": {If: []driver.Condition{cond("plan", driver.In, plans)}, Ops: []driver.Op{inc("n")}},
		"limit": {
			If: []driver.Condition{{Is: driver.Or, Each: []driver.Condition{
				cond("tries", driver.Exists, driver.BoolValue(false)), cond("tries", driver.Lt, driver.IntValue(2000)),
			}}},
			Ops: []driver.Op{inc("tries")},
		},
		"swap":   {Ops: []driver.Op{driver.Sequence{Path: "plan", Do: []driver.Op{driver.Take{Path: "plan"}, driver.Set{Path: "plan", Value: driver.StringValue("pro")}}}}},
		"pull":   {Ops: []driver.Op{driver.Pull{Path: "list", Where: []driver.Condition{cond("qty", driver.Lt, one), tea}}}},
		"pullIn": {Ops: []driver.Op{driver.Pull{Path: "tags", Where: []driver.Condition{cond("", driver.In, plans)}}}},
	} {
		k, now := create(t, s, "ann", `{"list":[{"sku":"tea","qty":1},{"sku":"cake","qty":1}],"plan":"free","tags":["new","pro"]}`)
		before := sent.statements.Load()
		for range 1000 {
			if _, err := s.Update(t.Context(), now, k, &u); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if n := sent.statements.Load() - before; n != 1000 {
			t.Errorf("%s: %d statements for 1000 updates", name, n)
		}
	}
}
