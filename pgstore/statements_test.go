package pgstore

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
)

// counter counts what connections send.
type counter struct{ statements atomic.Int64 }

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.statements.Add(1)
	return ctx
}

func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// commonOps holds every operator as it is mostly used, each on a field of commonDoc.
func commonOps(t testing.TB) []driver.Op {
	v := func(text string) driver.Value {
		t.Helper()
		v, err := driver.ParseValue(text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	list := []driver.Value{v(`1`), v(`{"a":[1.0]}`)}
	return []driver.Op{
		driver.Set{Path: "set", Value: v(`{"a":[1,2.0,"\"]\u0000"]}`)},
		driver.SetIfAbsent{Path: "absent", Value: v(`1`)},
		driver.Unset{Path: "unset"},
		driver.Take{Path: "take"},
		driver.Rename{Path: "rename", To: "renamed"},
		driver.Inc{Path: "int", By: v(`9007199254740993`)},
		driver.Inc{Path: "float", By: v(`0.1`)},
		driver.Mul{Path: "mul", By: v(`3000000000`)},
		driver.Mul{Path: "mulFloat", By: v(`1.1`)},
		driver.Min{Path: "min", Value: v(`"a"`)},
		driver.Max{Path: "max", Value: v(`2.5`)},
		driver.CurrentDate{Path: "date"},
		driver.Bit{Path: "bit", Do: driver.Xor, With: -1},
		driver.Push{Path: "push", Each: list},
		driver.Push{Path: "pushed", Each: list, Position: new(1), Slice: new(-3)},
		driver.Pop{Path: "pop"},
		driver.Pop{Path: "popFirst", First: true},
		driver.Pull{Path: "pull", Where: []driver.Condition{{Is: driver.Eq, Value: v(`2.0`)}}},
		driver.PullAll{Path: "pullAll", Values: list},
		driver.AddToSet{Path: "set2", Each: list},
		driver.Set{Path: "in.set", Value: v(`"x"`)},
		driver.Unset{Path: "in.unset"},
		driver.Take{Path: "in.side.take"},
		driver.Inc{Path: "in.side.n", By: v(`1`)},
		driver.Rename{Path: "in.rename", To: "new.in.side"},
		driver.Push{Path: "in.new.list", Each: list},
	}
}

const commonDoc = `{"bit":5,"float":0.25,"int":9007199254740993,"max":1,"min":"b","mul":3000000000,"mulFloat":1.5,"pop":[1,2],
	"popFirst":["a,]",[1]],"pull":[1,2,[2,3],4],"pullAll":[1.0,{"a":[1]},2],"push":[{"b":"]"}],"pushed":[1,2,3],"rename":[{}],
	"set":1,"set2":[{"a":[1]}],"take":"x","unset":null,"in":{"side":{"n":1,"take":2},"rename":{"a":1},"\t\"\\\u0001é":1}}`

func commonConditions() []driver.Condition {
	inside, _ := driver.ParseValue(`[1,{"a":[1.0]},2]`)
	return []driver.Condition{
		{Path: "int", Is: driver.Gt, Value: driver.FloatValue(9007199254740992)},
		{Path: "min", Is: driver.Gte, Value: driver.StringValue("b")},
		{Path: "float", Is: driver.Lt, Value: driver.IntValue(1)},
		{Path: "max", Is: driver.Lte, Value: driver.FloatValue(1)},
		{Path: "pullAll", Is: driver.Eq, Value: inside},
		{Path: "nothing", Is: driver.Exists, Value: driver.BoolValue(false)},
		{Path: "in.side.n", Is: driver.Eq, Value: driver.FloatValue(1)},
	}
}

// TestStatements counts what each method sends.
func TestStatements(t *testing.T) {
	var sent counter
	s := migrated(t, dial(t, serverURL, func(c *pgxpool.Config) { c.ConnConfig.Tracer = &sent }), freshSchema(t))
	ctx := t.Context()
	var k driver.Key
	var now time.Time
	update := func(u driver.Update) func() error {
		return func() error {
			_, err := s.Update(ctx, now, k, &u)
			return err
		}
	}
	later := time.Now().Add(90 * time.Minute)
	type step struct {
		name string
		run  func() error
		want int64
	}
	steps := []step{
		{"touch", update(driver.Update{}), 1},
		{"renew, bind and extend", update(driver.Update{Renew: new(driver.Verifier), User: new("ann"), Expires: later}), 1},
		{"all operators in a batch", update(driver.Update{Ops: commonOps(t), If: commonConditions()}), 1},
		{"array index", update(driver.Update{Ops: []driver.Op{driver.Inc{Path: "pop.0", By: driver.IntValue(1)}}}), 3},
		{"sorted push", update(driver.Update{Ops: []driver.Op{driver.Push{Path: "push", Sort: &driver.Sort{}}}}), 2},
		{"load", func() error { _, err := s.Load(ctx, now, k); return err }, 1},
		{"delete", func() error { return s.Delete(ctx, now, k) }, 1},
		{"list", func() error { _, err := s.ListUser(ctx, now, "ann", driver.ID{}, 10); return err }, 1},
		{"end one", func() error { return s.DeleteUserSession(ctx, now, "bob", k.ID) }, 1},
		{"end all", func() error { _, err := s.DeleteUserSessions(ctx, now, "bob", driver.ID{}); return err }, 1},
		{"sweep", func() error { _, err := s.Sweep(ctx, now, 10); return err }, 1},
	}
	for _, op := range commonOps(t) {
		steps = append(steps, step{op.Name(), update(driver.Update{Ops: []driver.Op{op}}), 1})
	}
	for _, st := range steps {
		k, now = create(t, s, "bob", commonDoc)
		before := sent.statements.Load()
		if err := st.run(); err != nil {
			t.Fatalf("%s: %v", st.name, err)
		}
		if got := sent.statements.Load() - before; got != st.want {
			t.Errorf("%s: %d statements, want %d", st.name, got, st.want)
		}
	}
}
