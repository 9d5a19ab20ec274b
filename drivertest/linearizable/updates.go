package linearizable

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// firstDoc returns the document of a new record. Who creates it is told apart by it.
func firstDoc(by string) driver.Doc {
	return document(`{"by":"` + by + `","n":0,"o":{"n":0},"s":["` + by + `"],"a":[{"k":1,"q":0},{"k":2,"q":0}],"t":"` + by + `"}`)
}

// fieldNames are those that its fields have or can get.
var fieldNames = []string{"a", "by", "l", "m", "n", "o", "r", "s", "t", "won"}

func document(text string) driver.Doc {
	d, err := driver.ParseDoc(text)
	if err != nil {
		panic("linearizable: " + text + ": " + err.Error())
	}
	return d
}

// change is what an update is about. It adds to u, and returns what it does in short. The token is like no other one of the history.
type change func(u *driver.Update, r *rand.Rand, token string) string

// ops returns a change by operations alone.
func ops(label string, f func(token driver.Value, r *rand.Rand) []driver.Op) change {
	return func(u *driver.Update, r *rand.Rand, token string) string {
		u.Ops = append(u.Ops, f(driver.StringValue(token), r)...)
		return label
	}
}

// providedThat returns the change with conditions on its update.
func providedThat(label string, c change, f func(r *rand.Rand) []driver.Condition) change {
	return func(u *driver.Update, r *rand.Rand, token string) string {
		u.If = append(u.If, f(r)...)
		return "if " + label + ": " + c(u, r, token)
	}
}

var one = driver.IntValue(1)

func number(n int) driver.Value { return driver.IntValue(int64(n)) }

func anElement(r *rand.Rand) driver.Condition {
	return driver.Condition{Path: "k", Is: driver.Eq, Value: number(1 + r.IntN(2))}
}

func element(r *rand.Rand) driver.Value {
	return driver.ObjectValue(driver.Doc{}.With("k", number(1+r.IntN(2))).With("q", number(0)))
}

// many are values that make an update long, so that a store may let others go first. Only the first may be in the session.
var many = func() []driver.Value {
	values := make([]driver.Value, 1200)
	for i := range values {
		values[i] = number(i)
	}
	return values
}()

func missing(p driver.Path) driver.Condition {
	return driver.Condition{Path: p, Is: driver.Exists, Value: driver.BoolValue(false)}
}

var swapT = ops("swap t", func(token driver.Value, _ *rand.Rand) []driver.Op {
	return []driver.Op{driver.Sequence{Path: "t", Do: []driver.Op{driver.Take{Path: "t"}, driver.Set{Path: "t", Value: token}}}}
})

// changes are those of documents, one for each road that a store may have for them.
var changes = []change{
	ops("inc n", func(driver.Value, *rand.Rand) []driver.Op { return []driver.Op{driver.Inc{Path: "n", By: one}} }),
	ops("inc o.n", func(driver.Value, *rand.Rand) []driver.Op { return []driver.Op{driver.Inc{Path: "o.n", By: one}} }),
	ops("inc n, o.n and m", func(driver.Value, *rand.Rand) []driver.Op {
		return []driver.Op{driver.Inc{Path: "n", By: one}, driver.Inc{Path: "o.n", By: one}, driver.Inc{Path: "m", By: number(2)}}
	}),
	ops("push l", func(token driver.Value, _ *rand.Rand) []driver.Op {
		return []driver.Op{driver.Push{Path: "l", Each: []driver.Value{token}}}
	}),
	ops("push l, the last 3", func(token driver.Value, _ *rand.Rand) []driver.Op {
		return []driver.Op{driver.Push{Path: "l", Each: []driver.Value{token}, Slice: new(-3)}}
	}),
	ops("pop l", func(driver.Value, *rand.Rand) []driver.Op { return []driver.Op{driver.Pop{Path: "l", First: true}} }),
	ops("set t", func(token driver.Value, _ *rand.Rand) []driver.Op {
		return []driver.Op{driver.Set{Path: "t", Value: token}}
	}),
	ops("set o.t", func(token driver.Value, _ *rand.Rand) []driver.Op {
		return []driver.Op{driver.Set{Path: "o.t", Value: token}}
	}),
	ops("unset t", func(driver.Value, *rand.Rand) []driver.Op { return []driver.Op{driver.Unset{Path: "t"}} }),
	ops("set t if absent", func(token driver.Value, _ *rand.Rand) []driver.Op {
		return []driver.Op{driver.SetIfAbsent{Path: "t", Value: token}}
	}),
	ops("take t", func(driver.Value, *rand.Rand) []driver.Op { return []driver.Op{driver.Take{Path: "t"}} }),
	ops("take o.t, inc n", func(driver.Value, *rand.Rand) []driver.Op {
		return []driver.Op{driver.Take{Path: "o.t"}, driver.Inc{Path: "n", By: one}}
	}),
	ops("take t and o.t", func(driver.Value, *rand.Rand) []driver.Op {
		return []driver.Op{driver.Take{Path: "t"}, driver.Take{Path: "o.t"}}
	}),
	swapT,
	ops("swap o.t", func(token driver.Value, _ *rand.Rand) []driver.Op {
		return []driver.Op{driver.Sequence{Path: "o", Do: []driver.Op{driver.Take{Path: "o.t"}, driver.Set{Path: "o.t", Value: token}}}}
	}),
	ops("inc q of an element", func(_ driver.Value, r *rand.Rand) []driver.Op {
		do := []driver.Op{driver.Inc{Path: "q", By: one}}
		return []driver.Op{driver.Elements{Path: "a", Where: []driver.Condition{anElement(r)}, Do: do}}
	}),
	ops("pull a where q > 1", func(driver.Value, *rand.Rand) []driver.Op {
		return []driver.Op{driver.Pull{Path: "a", Where: []driver.Condition{{Path: "q", Is: driver.Gt, Value: one}}}}
	}),
	ops("push a", func(_ driver.Value, r *rand.Rand) []driver.Op {
		return []driver.Op{driver.Push{Path: "a", Each: []driver.Value{element(r)}, Slice: new(-4)}}
	}),
	// These are long, or need what is seldom done in one step.
	ops("push a, sorted", func(_ driver.Value, r *rand.Rand) []driver.Op {
		return []driver.Op{driver.Push{Path: "a", Each: []driver.Value{element(r)}, Slice: new(-4), Sort: []driver.Sort{{By: "q"}, {By: "k"}}}}
	}),
	ops("inc q of the first", func(driver.Value, *rand.Rand) []driver.Op { return []driver.Op{driver.Inc{Path: "a.0.q", By: one}} }),
	ops("pull many of s, inc n", func(driver.Value, *rand.Rand) []driver.Op {
		return []driver.Op{driver.PullAll{Path: "s", Values: many}, driver.Inc{Path: "n", By: one}}
	}),
	ops("take t, pull many of s", func(driver.Value, *rand.Rand) []driver.Op {
		return []driver.Op{driver.Take{Path: "t"}, driver.PullAll{Path: "s", Values: many}}
	}),
	ops("add to set s", func(_ driver.Value, r *rand.Rand) []driver.Op {
		return []driver.Op{driver.AddToSet{Path: "s", Each: []driver.Value{number(r.IntN(3))}}}
	}),
	ops("pull all s", func(_ driver.Value, r *rand.Rand) []driver.Op {
		return []driver.Op{driver.PullAll{Path: "s", Values: []driver.Value{number(r.IntN(3))}}}
	}),
	ops("rename t to r", func(driver.Value, *rand.Rand) []driver.Op { return []driver.Op{driver.Rename{Path: "t", To: "r"}} }),
	ops("max n 3", func(driver.Value, *rand.Rand) []driver.Op {
		return []driver.Op{driver.Max{Path: "n", Value: number(3)}}
	}),
	ops("mul n 2", func(driver.Value, *rand.Rand) []driver.Op { return []driver.Op{driver.Mul{Path: "n", By: number(2)}} }),
	ops("inc by, a text", func(driver.Value, *rand.Rand) []driver.Op {
		return []driver.Op{driver.Inc{Path: "n", By: one}, driver.Inc{Path: "by", By: one}}
	}),
	providedThat("n < 3", ops("inc n", func(driver.Value, *rand.Rand) []driver.Op { return []driver.Op{driver.Inc{Path: "n", By: one}} }),
		func(*rand.Rand) []driver.Condition {
			return []driver.Condition{{Path: "n", Is: driver.Lt, Value: number(3)}}
		}),
	func(u *driver.Update, r *rand.Rand, _ string) string {
		k := r.IntN(4)
		u.If = append(u.If, driver.Condition{Path: "n", Is: driver.Eq, Value: number(k)})
		u.Ops = append(u.Ops, driver.Set{Path: "n", Value: number(k + 1)})
		return fmt.Sprintf("if n = %d: set n %d", k, k+1)
	},
	providedThat("n < 3", swapT, func(*rand.Rand) []driver.Condition {
		return []driver.Condition{{Path: "n", Is: driver.Lt, Value: number(3)}}
	}),
	providedThat("no m", ops("set m", func(token driver.Value, _ *rand.Rand) []driver.Op {
		return []driver.Op{driver.Set{Path: "m", Value: number(1)}, driver.Set{Path: "won", Value: token}}
	}), func(*rand.Rand) []driver.Condition { return []driver.Condition{missing("m")} }),
	providedThat("no t or n <= 2, and o.n < 4", ops("inc o.n, push l", func(token driver.Value, _ *rand.Rand) []driver.Op {
		return []driver.Op{driver.Inc{Path: "o.n", By: one}, driver.Push{Path: "l", Each: []driver.Value{token}}}
	}), func(*rand.Rand) []driver.Condition {
		either := driver.Condition{Is: driver.Or, Each: []driver.Condition{missing("t"), {Path: "n", Is: driver.Lte, Value: number(2)}}}
		return []driver.Condition{{Is: driver.And, Each: []driver.Condition{either, {Path: "o.n", Is: driver.Lt, Value: number(4)}}}}
	}),
}

// hours returns one to two hours, to the millisecond. No record of a history lives less than the first, nor much longer than the last of
// its uses and the second.
func hours(r *rand.Rand) time.Duration {
	return time.Hour + time.Duration(r.IntN(60))*time.Minute + time.Duration(r.IntN(3))*time.Millisecond
}
