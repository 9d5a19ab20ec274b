package driver

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Update is a change to one record, applied atomically: all of it or nothing. It is plain data, so that a store can
// turn it into one command. A store neither changes nor keeps it.
type Update struct {
	// If must all hold for the record as it is before the update, else [ErrCondition].
	If []Condition
	// Ops change the document. Their paths do not overlap. They take effect in the order of [Update.Order], whatever order
	// they stand in.
	Ops []Op
	// MaxAge, unless it is 0, makes the update a use of the session: see [Update.Meta]. It bounds how long the record lives on,
	// whatever its Lifetime. With 0 the record's LastUsed and Expires stay as they are.
	MaxAge time.Duration
	// Lifetime, unless it is 0, becomes the record's Lifetime.
	Lifetime time.Duration
	// Deadline, unless it is the zero time, becomes the record's Deadline, which Expires is never later than.
	Deadline time.Time
	// Renew, if not nil, becomes the record's verifier: the old secret is dead from then on.
	Renew *Verifier
	// User, if not nil, becomes the record's user; "" unbinds.
	User *string
	// Authenticated, unless it is the zero time, becomes the record's Authenticated. Without it a User of "" removes that. It is in the
	// years 1 to 9999, like the other times, and not in the first millisecond, which stands for none.
	Authenticated time.Time
	// AuthenticatedSince, unless it is the zero time, is a condition: the record's Authenticated, as it is before the update,
	// must be no earlier, else [ErrReauthenticate].
	AuthenticatedSince time.Time
	// Attrs, where there are any, become attributes of the record; a text of "" removes one. The others stay.
	Attrs Attrs
	// SessionLimit, unless it is the zero one, bounds how many sessions the user has whom User binds the record to. A store that
	// cannot do so in the same step returns [errors.ErrUnsupported], and changes nothing.
	SessionLimit SessionLimit
	// Limits bound the resulting document.
	Limits Limits
}

const (
	// MaxUser is the longest name of a user in bytes.
	MaxUser = 256
	// MaxOps is the most operations and conditions in one update, with all inside them, and the most conditions in one [Pull].
	MaxOps = 1000
	// MaxInside is the most operations and conditions inside one [Elements] or [Sequence], inside all [ElemMatch] of an update's
	// conditions, and in one [Pull] with conditions that combine others, look inside an array or have a dot in their path: what may
	// have to be done for each element of an array.
	MaxInside = 32
)

// Validate reports something wrong with u, if anything is that can be known without the record: a malformed path, two
// operations on overlapping paths, a value outside the value set, an operand of the wrong kind, a name or a nesting
// past the limits. The caller of a store validates; a store may rely on it.
func (u *Update) Validate() error {
	l := u.Limits.WithDefaults()
	if n := u.Count(); n > MaxOps {
		return fmt.Errorf("%w: %d operations and conditions, at most %d", ErrTooLarge, n, MaxOps)
	}
	if err := checkIf(u.If, l); err != nil {
		return err
	}
	if err := checkOps(u.Ops, within{limits: l}); err != nil {
		return err
	}
	for _, d := range []time.Duration{u.MaxAge, u.Lifetime} {
		if d < 0 || d%time.Millisecond != 0 {
			return fmt.Errorf("%w: a lifetime of %v: whole milliseconds, and not negative", ErrValue, d)
		}
	}
	for _, at := range []time.Time{u.Deadline, u.Authenticated, u.AuthenticatedSince} {
		if !at.IsZero() && (!at.After(noTime) || at.UTC().Year() > 9999) {
			return fmt.Errorf("%w: a time beyond the years 1 to 9999", ErrValue)
		}
	}
	if u.User != nil {
		if err := CheckUser(*u.User); err != nil {
			return err
		}
	}
	return u.Attrs.check()
}

// Count returns how many operations and conditions u has, with all inside them. There may be [MaxOps].
func (u *Update) Count() int { return count(u.If, u.Ops) }

// noTime is the end of the millisecond that stands for no time.
var noTime = time.Time{}.Add(time.Millisecond - 1)

// CheckUser returns an error matching [ErrValue] unless user is "" or fit to be bound to a session: UTF-8 without NUL, at
// most [MaxUser] bytes.
func CheckUser(user string) error { return checkText("user", user, MaxUser) }

func checkText(what, text string, longest int) error {
	if len(text) > longest || !utf8.ValidString(text) || strings.Contains(text, "\x00") {
		return fmt.Errorf("%w: %s is not UTF-8 without NUL of at most %d bytes", ErrValue, what, longest)
	}
	return nil
}

// Order returns the indexes of u.Ops in the order in which they take effect. As in MongoDB, elements of an array come by
// their number, the lower first; nothing else depends on the order. So an operation never meets the nulls with which
// another one pads an array.
// See https://www.mongodb.com/docs/manual/reference/operator/update/#behavior.
func (u *Update) Order() []int {
	order := make([]int, len(u.Ops))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return u.Ops[i].Target().compare(u.Ops[j].Target()) })
	return order
}

// Takes reports whether u takes anything: what it returns then is gone from the record.
func (u *Update) Takes() bool {
	return takes(u.Ops) > 0
}

// Touched returns the names of the top-level fields that u's conditions and operations read or write, sorted and without
// duplicates. Nothing else of the document bears on the update, but for its size.
func (u *Update) Touched() []string {
	names := u.WrittenNames()
	for _, c := range u.If {
		for p := range c.Paths() {
			names = append(names, p.Top())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// WrittenNames returns the names of the top-level fields that u's operations lead into, sorted and without duplicates.
func (u *Update) WrittenNames() []string {
	names := make([]string, 0, len(u.Ops)+len(u.If))
	for _, op := range u.Ops {
		for _, p := range Targets(op) {
			names = append(names, p.Top())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Written returns the top-level fields of d, the document after the update, that u's operations lead into: what a store
// returns in [Result.Fields].
func (u *Update) Written(d Doc) Doc {
	if len(u.Ops) == 1 {
		if _, ok := u.Ops[0].(Rename); !ok { // the common case needs no new slice
			i, found := d.find(u.Ops[0].Target().Top())
			if !found {
				return Doc{}
			}
			return Doc{fields: d.fields[i : i+1 : i+1]}
		}
	}
	return d.Only(u.WrittenNames())
}

// Meta returns what u, applied at now, makes of the metadata of a record. A use moves LastUsed to now, but never back, and sets
// Expires to that plus the shorter of Lifetime and u's MaxAge: so an update that arrives late shortens no life, and a MaxAge that
// has been lowered reaches every session at its next use. Nothing outlives the Deadline.
func (u *Update) Meta(m Meta, now time.Time) Meta {
	if u.Lifetime != 0 {
		m.Lifetime = u.Lifetime
	}
	if !u.Deadline.IsZero() {
		m.Deadline = millis(u.Deadline)
	}
	if u.MaxAge != 0 {
		if now = millis(now); now.After(m.LastUsed) {
			m.LastUsed = now
		}
		m.Expires = m.LastUsed.Add(min(m.Lifetime, u.MaxAge))
	}
	if !m.Deadline.IsZero() && m.Expires.After(m.Deadline) {
		m.Expires = m.Deadline
	}
	if u.User != nil {
		m.User = *u.User
	}
	return m
}

// SignsIn reports whether u binds a record with metadata m to a user in the same step in which it replaces the verifier, and m is
// nobody's: the renewal after which Load returns the record to the verifier of before, too.
func (u *Update) SignsIn(m Meta) bool {
	return u.Renew != nil && u.User != nil && *u.User != "" && m.User == ""
}

func millis(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }
