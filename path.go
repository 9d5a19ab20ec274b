package atomicsession

import (
	"context"

	"github.com/atomicsession/atomicsession/driver"
)

// Path is a place in the session that is known only when the program runs, by its dotted path: "prefs.theme", "cart.items.0.qty". If you
// know the path beforehand, use a [Key]. If the path is malformed, every use returns the error ([ErrPath]).
//
// A path that users choose can lead to any field, and a dot in it to another one. Put names that users choose into a [Map].
type Path string

func (p Path) at() place { return place{path: driver.Path(p)} }

// Get returns the value; ok is false if there is none. It is nil, a bool, an int64, a float64, a string, a []byte, a [time.Time], a
// []any, a map[string]any or, of a [JSON], an [encoding/json.RawMessage]. For another type use [NewKey]. Get loads the session unless
// this request has loaded it or changed the field.
func (p Path) Get(ctx context.Context, s *Session) (v any, ok bool, err error) {
	ok, err = p.at().get(ctx, s, &v)
	return v, ok, err
}

// Into makes [Session.Read] put the value where v points to.
func (p Path) Into(v *any) Into { return Into{place: p.at(), into: v} }

// Take removes the value and returns it; ok is false if there was none. If calls run in parallel, one of them gets the value. More
// changes may go with it in the same atomic step. It is one round trip; none for a visitor without a cookie. If
// Options.PrefetchTakesNothing is set, and the request only prefetches, Take finds nothing and leaves everything as it is: the other
// changes are not made either.
func (p Path) Take(ctx context.Context, s *Session, more ...Change) (v any, ok bool, err error) {
	ok, err = p.at().take(ctx, s, "take", p.at().takeOut(), &v, more)
	return v, ok, err
}

// Swap sets the value and returns the one that was there before; ok is false if there was none. Otherwise it is like Take.
func (p Path) Swap(ctx context.Context, s *Session, v any, more ...Change) (old any, ok bool, err error) {
	ok, err = p.at().take(ctx, s, "swap", p.at().swap(v), &old, more)
	return old, ok, err
}

// Set returns the change that sets the value, whatever was there. v is any Go value made of nil, booleans, numbers, strings, bytes,
// times, slices, maps, and structs by their json tags, as [encoding/json] writes them, its marshalers included. What Set takes, [Key.Get]
// of the same type gives back equal. Times (in UTC, to the millisecond) and bytes stay what they are, and so do integers and floats. What
// an any holds comes back as [Path.Get] returns it.
//
// Nil slices and maps are stored empty, also inside structs, so that you can push values onto them and set values in them. Nil bytes are
// stored as no bytes, nil pointers and a nil [encoding/json.RawMessage] as null. The options omitempty and omitzero leave a field out as
// ever. So nil and empty count as equal here, and so do a nil pointer and a pointer to a value that is stored as null. Fields of
// structs that encoding/json does not see, such as those without a capital, do not count.
//
// Types with a MarshalJSON or MarshalText write themselves, nil ones too, and what they write comes back. JSON that a marshaler writes is
// stored as the value that it describes, not as its text, and so are [encoding/json.RawMessage] and [encoding/json.Number]. A number in
// it becomes a number of the session if an int64, or the shortest text of a float64, has the same value (1.10 comes back as 1.1). The
// following are kept to the last digit, as if they were in a [JSON]: a number with more digits, an object with a name that no path could
// reach, and an object whose type needs the names in their order.
//
// Set refuses these with [ErrValue]:
//
//   - a uint64 above the int64 range, because the operators could not take it as a number (as a [encoding/json.Number] it is kept, as
//     text)
//   - NaN and infinities, strings that are not UTF-8, and times outside the years 0 to 9999
//   - names that are empty, begin with "$", or contain "." or NUL (see [Map] and [JSON])
//   - what could not be read again: channels, functions, interfaces with methods, structs without an exported field, and values of types
//     that do not read what their marshaler writes
func (p Path) Set(v any) Change { return p.at().set(v) }

// SetIfAbsent returns the change that sets the value if there is none; null counts as a value.
func (p Path) SetIfAbsent(v any) Change { return p.at().setIfAbsent(v) }

// Unset returns the change that removes a field, and turns an element of an array into null. Where there is nothing, it does nothing.
func (p Path) Unset() Change { return p.at().unset() }

func (p place) unset() Change { return p.operation(driver.Unset{Path: p.path}) }

// Rename returns the change that moves a field to another path, and replaces what is there. If there is nothing to move, it does nothing.
// Neither path may lead through an array.
func (p Path) Rename(to Path) Change {
	return p.at().operation(driver.Rename{Path: driver.Path(p), To: driver.Path(to)})
}

// Inc returns the change that adds n, an integer or a float, to a number; a missing field counts as 0. Integers add exactly or fail with
// [ErrOverflow].
func (p Path) Inc(n any) Change { return p.at().inc(n) }

// Mul returns the change that multiplies a number by n, an integer or a float; a missing field becomes 0.
func (p Path) Mul(n any) Change { return p.at().mul(n) }

// Min returns the change that sets the value if v is less than it, or if there is none. Values of different kinds compare in BSON order.
func (p Path) Min(v any) Change { return p.at().min(v) }

// Max returns the change that sets the value if v is greater than it, or if there is none. Values of different kinds compare in BSON
// order.
func (p Path) Max(v any) Change { return p.at().max(v) }

// CurrentDate returns the change that sets the value to the time of the update.
func (p Path) CurrentDate() Change { return p.at().operation(driver.CurrentDate{Path: driver.Path(p)}) }

// BitAnd returns the change that combines an integer bitwise with n; a missing field counts as 0.
func (p Path) BitAnd(n int64) Change { return p.at().bit(driver.BitAnd, n) }

// BitOr returns the change that combines an integer bitwise with n; a missing field counts as 0.
func (p Path) BitOr(n int64) Change { return p.at().bit(driver.BitOr, n) }

// BitXor returns the change that combines an integer bitwise with n; a missing field counts as 0.
func (p Path) BitXor(n int64) Change { return p.at().bit(driver.BitXor, n) }

func (p place) bit(do driver.BitOp, n int64) Change {
	return p.operation(driver.Bit{Path: p.path, Do: do, With: n})
}
