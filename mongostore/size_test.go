package mongostore_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
)

// measured has a client count the bytes of its largest command and the levels of its deepest one.
func measured() (opts *options.ClientOptions, bytes, levels *atomic.Int64) {
	bytes, levels = new(atomic.Int64), new(atomic.Int64)
	return options.Client().SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		bytes.Store(max(bytes.Load(), int64(len(e.Command))))
		levels.Store(max(levels.Load(), int64(nesting(e.Command))))
	}}), bytes, levels
}

func nesting(d bson.Raw) int {
	deepest := 0
	values, _ := d.Values()
	for _, v := range values {
		if v.Type == bson.TypeEmbeddedDocument || v.Type == bson.TypeArray {
			deepest = max(deepest, nesting(bson.Raw(v.Value)))
		}
	}
	return deepest + 1
}

// What cannot be stored is not sent: mongod cuts the connection after 48 MB.
func TestHugeOperand(t *testing.T) {
	opts, bytes, _ := measured()
	s := newStore(t, collection(t, opts))
	k := create(t, s, `{"l":[1]}`)
	huge := driver.StringValue(strings.Repeat("x", 50<<20))
	for _, limit := range []int{0, 64 << 20} {
		for name, op := range map[string]driver.Op{
			"set":  driver.Set{Path: "a", Value: huge},
			"push": driver.Push{Path: "l", Each: []driver.Value{huge}},
		} {
			u := update(op)
			u.Limits.Size = limit
			if _, err := s.Update(t.Context(), now, k, u); !errors.Is(err, driver.ErrTooLarge) {
				t.Errorf("%s: %.200v instead of %v", name, err, driver.ErrTooLarge)
			}
		}
	}
	u := update(driver.PullAll{Path: "l", Values: []driver.Value{huge, value(`1`)}})
	if _, err := s.Update(t.Context(), now, k, u); err != nil || load(t, s, k) != `{"l":[]}` {
		t.Errorf("pullAll: %.200v, and the session is %s", err, load(t, s, k))
	}
	if n := bytes.Load(); n > 1<<20 {
		t.Errorf("a command has %d bytes", n)
	}
}

// A document that grows beyond 16 MiB by small steps is the server's to refuse.
func TestGrowingTooLarge(t *testing.T) {
	s := newStore(t, collection(t))
	k := create(t, s, `{"s":"`+strings.Repeat("x", 15<<20)+`"}`)
	part := driver.StringValue(strings.Repeat("y", 900<<10))
	var err error
	for n := 0; err == nil && n < 3; n++ {
		u := update(driver.Push{Path: "l", Each: []driver.Value{part}})
		u.Limits.Size = 64 << 20
		_, err = s.Update(t.Context(), now, k, u)
	}
	if !errors.Is(err, driver.ErrTooLarge) {
		t.Errorf("%.200v instead of %v", err, driver.ErrTooLarge)
	}
}

// An operand as deep as any makes no command deeper than mongod takes.
func TestDeepOperand(t *testing.T) {
	opts, _, levels := measured()
	s := newStore(t, collection(t, opts))
	for _, depth := range []int{16, 17, 30, 60} {
		deep := value(strings.Repeat("[", depth-1) + `{"a":1,"b":2}` + strings.Repeat("]", depth-1))
		path := driver.Path("l" + strings.Repeat(".0", 3))
		k := create(t, s, `{"l":[[[[]]]],"x":`+deep.Text()+`}`)
		for _, op := range []driver.Op{
			driver.AddToSet{Path: path, Each: []driver.Value{deep}},
			driver.AddToSet{Path: path, Each: []driver.Value{deep}},
			driver.Pull{Path: path, Where: []driver.Condition{{Is: driver.Eq, Value: deep}}},
			driver.PullAll{Path: path, Values: []driver.Value{deep}},
			driver.Set{Path: path, Value: deep},
		} {
			u := &driver.Update{Ops: []driver.Op{op}, If: []driver.Condition{{Path: "x", Is: driver.Eq, Value: deep}}}
			if err := u.Validate(); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Update(t.Context(), now, k, u); err != nil {
				t.Errorf("%d levels: %s: %v", depth, op.Name(), err)
			}
		}
	}
	for _, depth := range []int{4, 6, 8, 20, driver.MaxInside - 1} {
		k := create(t, s, `{"l":`+strings.Repeat("[", 62)+"1"+strings.Repeat("]", 62)+`}`)
		c, op, sequence := where("", driver.Exists, `true`), driver.Op(driver.Unset{}), driver.Sequence{Path: "n"}
		for range depth {
			c, op = holding("", driver.ElemMatch, c), driver.Elements{Do: []driver.Op{op}}
			sequence.Do = append(sequence.Do, increments("n"))
		}
		c.Path, op = "l", driver.Elements{Path: "l", Do: []driver.Op{op}}
		for _, u := range []*driver.Update{{If: []driver.Condition{c}, Ops: []driver.Op{increments("n")}}, update(op), update(sequence)} {
			if err := u.Validate(); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Update(t.Context(), now, k, u); err != nil {
				t.Errorf("%d levels: %s: %v", depth, updateText(u), err)
			}
		}
	}
	if n := levels.Load(); n > 200 {
		t.Errorf("a command has %d levels", n)
	}
	t.Logf("the deepest command has %d levels", levels.Load())
}

// What a sequence comes to in between may be larger than a session: what it takes is not lost for that.
func TestLargeInBetween(t *testing.T) {
	s := newStore(t, collection(t))
	k := create(t, s, `{"l":[1,2,3,4]}`)
	u := update(driver.Sequence{Path: "l", Do: []driver.Op{
		driver.Elements{Path: "l", Do: []driver.Op{driver.Set{Value: driver.StringValue(strings.Repeat("x", 3000))}}},
		driver.Take{Path: "l"},
		driver.Set{Path: "l", Value: value(`5`)},
	}})
	u.Limits.Size = 4000
	res, err := s.Update(t.Context(), now, k, u)
	if got := load(t, s, k); errors.Is(err, driver.ErrTooLarge) && got == `{"l":[1,2,3,4]}` {
		return
	} else if err != nil || got != `{"l":5}` || len(res.Taken) != 1 || len(res.Taken[0].Elems()) != 4 {
		t.Errorf("%.200v, %d taken, and the session is %s", err, len(res.Taken), got)
	}
}
