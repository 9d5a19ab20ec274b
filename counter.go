package atomicsession

import (
	"context"
	"slices"

	"github.com/atomicsession/atomicsession/driver"
)

// Counter is a key for an integer that is counted. Its operators and its comparisons take a missing counter as 0. So this counts to ten
// at most, also if there is nothing yet, and needs no other condition:
//
//	err := s.Update(ctx, If(Tries.Lt(10)), Tries.Inc(1))
//
// Beside its own methods it has those of a [Key] of int64: Path, Get, Into, Take, Swap, Set, SetIfAbsent, Unset, Min, Max, Exists and
// Absent.
type Counter struct{ Key[int64] }

// NewCounter returns the counter for a path.
func NewCounter(path string) Counter { return Counter{NewKey[int64](path)} }

// Of returns the counter at the same path inside another place, as [Key.Of] does.
func (c Counter) Of(outer Place) Counter { return Counter{c.Key.Of(outer)} }

// Lenient returns a lenient counter for the same place: see [Key.Lenient].
func (c Counter) Lenient() Counter { return Counter{c.Key.Lenient()} }

// Add adds n and returns the sum, together with more changes in one atomic step. If the session holds a number that is no integer, n is
// added, but the error is [ErrType].
func (c Counter) Add(ctx context.Context, s *Session, n int64, more ...Change) (sum int64, err error) {
	res, err := s.update(ctx, "add", append([]Change{c.Inc(n)}, more...))
	if err != nil {
		return 0, err
	}
	c.p.lenient = false
	_, err = c.p.decode(ctx, s.m, "add", res.Fields.Lookup(c.p.path), &sum)
	return sum, wrapErr("add", err)
}

// Inc returns the change that adds n.
func (c Counter) Inc(n int64) Change { return c.p.inc(n) }

// Mul returns the change that multiplies by n; a missing counter becomes 0.
func (c Counter) Mul(n int64) Change { return c.p.mul(n) }

// BitAnd returns the change that combines the counter bitwise with n.
func (c Counter) BitAnd(n int64) Change { return c.p.bit(driver.BitAnd, n) }

// BitOr returns the change that combines the counter bitwise with n.
func (c Counter) BitOr(n int64) Change { return c.p.bit(driver.BitOr, n) }

// BitXor returns the change that combines the counter bitwise with n.
func (c Counter) BitXor(n int64) Change { return c.p.bit(driver.BitXor, n) }

// Eq returns the condition that the counter is n.
func (c Counter) Eq(n int64) Condition { return c.count(c.Key.Eq(n), n == 0) }

// Ne returns the condition that the counter is not n.
func (c Counter) Ne(n int64) Condition { return c.count(c.Key.Ne(n), n != 0) }

// Gt returns the condition that the counter is greater than n.
func (c Counter) Gt(n int64) Condition { return c.count(c.Key.Gt(n), 0 > n) }

// Gte returns the condition that the counter is at least n.
func (c Counter) Gte(n int64) Condition { return c.count(c.Key.Gte(n), 0 >= n) }

// Lt returns the condition that the counter is less than n. If it is missing, this holds for a positive n.
func (c Counter) Lt(n int64) Condition { return c.count(c.Key.Lt(n), 0 < n) }

// Lte returns the condition that the counter is at most n.
func (c Counter) Lte(n int64) Condition { return c.count(c.Key.Lte(n), 0 <= n) }

// In returns the condition that the counter is one of ns.
func (c Counter) In(ns ...int64) Condition { return c.count(c.Key.In(ns...), slices.Contains(ns, 0)) }

// Nin returns the condition that the counter is none of ns.
func (c Counter) Nin(ns ...int64) Condition {
	return c.count(c.Key.Nin(ns...), !slices.Contains(ns, 0))
}

// count makes cond, a comparison, say zero of a missing counter. By itself it holds there if it says what a value is not. An element
// itself is never missing.
func (c Counter) count(cond Condition, zero bool) Condition {
	switch not := cond.c.Is == driver.Ne || cond.c.Is == driver.Nin; {
	case zero == not, c.p.path == "":
		return cond
	case zero:
		return Or(c.Absent(), cond)
	default:
		return And(c.Exists(), cond)
	}
}
