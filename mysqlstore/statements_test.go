package mysqlstore

import (
	"sync/atomic"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestStatements counts the messages that each method sends.
func TestStatements(t *testing.T) {
	near := newStore(t)
	p := storetest.Proxy(t, address(serverURL))
	s := over(t, connect(t, at(p.Addr())), &near.opts)
	var sent atomic.Int64
	p.Plan(func([]byte) faultproxy.Fault { sent.Add(1); return faultproxy.None })
	ctx := t.Context()
	k, now := create(t, s, "bob", `{}`)
	update := func(u driver.Update) func() error {
		return func() error { _, err := s.Update(ctx, now, k, &u); return err }
	}
	ops := func(ops ...driver.Op) func() error { return update(driver.Update{Ops: ops}) }
	one := driver.IntValue(1)
	simple := []driver.Op{
		driver.Set{Path: "set", Value: one},
		driver.SetIfAbsent{Path: "absent", Value: one},
		driver.Unset{Path: "unset"},
		driver.Take{Path: "take"},
		driver.CurrentDate{Path: "date"},
		driver.Inc{Path: "int", By: one},
		driver.Mul{Path: "mul", By: driver.IntValue(-3)},
		driver.Min{Path: "bit", Value: one},
		driver.Max{Path: "max", Value: one},
		driver.Push{Path: "push", Each: []driver.Value{one}},
		driver.Sequence{Path: "set2", Do: []driver.Op{driver.Take{Path: "set2"}, driver.Set{Path: "set2", Value: one}}},
	}
	conditions := []driver.Condition{
		{Path: "int", Is: driver.Gt, Value: one},
		{Path: "nothing", Is: driver.Exists, Value: driver.BoolValue(false)},
		{Path: "bit", Is: driver.Eq, Value: driver.IntValue(5)},
	}
	type step struct {
		name string
		run  func() error
		want int64
	}
	steps := []step{
		{"create", func() error {
			k, r := storetest.NewRecord(t, "bob", storetest.CommonDoc)
			return s.Create(ctx, k.Verifier, r)
		}, 1},
		{"touch", update(driver.Update{MaxAge: 3600e9}), 1},
		{"renew and bind", update(driver.Update{Renew: new(driver.Verifier), User: new("ann"), MaxAge: 5400e9, Authenticated: now}), 1},
		{"all of these in a batch", update(driver.Update{Ops: simple, If: conditions}), 1},
		{"nested", ops(driver.Inc{Path: "in.side.n", By: one}), 2},
		{"sorted push", ops(driver.Push{Path: "push", Sort: []driver.Sort{{}}}), 2},
		{"float", ops(driver.Inc{Path: "float", By: one}), 3},
		{"attributes", update(driver.Update{Attrs: driver.Attrs{"label": "x"}}), 2},
		{"load", func() error { _, err := s.Load(ctx, now, k); return err }, 1},
		{"load fields", func() error { _, err := s.LoadFields(ctx, now, k, []string{"int", "set"}); return err }, 1},
		{"delete", func() error { return s.Delete(ctx, now, k) }, 1},
		{"list", func() error { _, err := s.List(ctx, now, "ann", driver.ID{}, 10); return err }, 1},
		{"list everybody's", func() error { _, err := s.List(ctx, now, "", driver.ID{}, 10); return err }, 1},
		{"sign in under a limit", update(*signIn("eve", driver.SessionLimit{Max: 1, End: true})), 7},
		{"update by user", func() error { _, err := s.Update(ctx, now, driver.UserKey(k.ID, "bob"), inc("int")); return err }, 1},
		{"end one", func() error { return s.Delete(ctx, now, driver.UserKey(k.ID, "bob")) }, 1},
		{"end all", func() error {
			_, _, err := s.DeleteMany(ctx, now, driver.Selection{User: "bob"}, driver.ID{}, 10)
			return err
		}, 2},
		{"sweep", func() error { _, err := s.Sweep(ctx, now, 10); return err }, 4},
	}
	for _, op := range simple {
		steps = append(steps, step{op.Name(), ops(op), 1})
	}
	for _, st := range steps {
		k, now = create(t, s, "bob", storetest.CommonDoc)
		before := sent.Load()
		if err := st.run(); err != nil {
			t.Fatalf("%s: %v", st.name, err)
		}
		if got := sent.Load() - before; got != st.want {
			t.Errorf("%s: %d messages, want %d", st.name, got, st.want)
		}
	}
}
