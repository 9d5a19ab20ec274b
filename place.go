package atomicsession

import (
	"context"
	"fmt"
	"reflect"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/govalue"
)

// Place is a place in the session: a [Path], [Key], [Counter], [List] or [Map]. There are no others.
type Place interface{ at() place }

// place is what they have in common, and does their work: what knows a type is compiled once for each type, all methods of it, and so
// would those of a place be that a Key embeds.
type place struct {
	path    driver.Path
	typ     reflect.Type // of what is there; nil: anything
	err     error        // what is wrong with the place
	lenient bool
}

// of returns the place to which p leads from outer.
func (p place) of(outer Place) place {
	if outer == nil {
		outer = Path("")
	}
	o := outer.at()
	switch _, err := govalue.Inside(o.typ, p.path, false); {
	case o.err != nil:
		p.err = o.err
	case err != nil && p.err == nil:
		p.err = err
	}
	p.path = o.path + "." + p.path // malformed if one of them is empty
	return p
}

// part returns the place inside p of that name.
func (p place) part(name string, typ reflect.Type) place {
	return place{path: p.path + "." + driver.Path(name), typ: typ, err: p.err}
}

// operation returns the change that does op, whose target is p.
func (p place) operation(op driver.Op) Change {
	err := p.err
	if err == nil {
		err = misfit(op, p.typ)
	}
	if err != nil {
		return refusedOp(op.Name(), p.path, err)
	}
	return &change{op: op}
}

// value returns the change that does what op makes of v.
func (p place) value(v any, op func(driver.Value) driver.Op) Change {
	value, err := p.encode(v)
	do := op(value)
	if err == nil && value.Kind() == driver.JSON {
		err = notJSON(do)
	}
	if err != nil {
		return refusedOp(do.Name(), p.path, err)
	}
	return p.operation(do)
}

func (p place) set(v any) Change {
	return p.value(v, func(v driver.Value) driver.Op { return driver.Set{Path: p.path, Value: v} })
}

func (p place) setIfAbsent(v any) Change {
	return p.value(v, func(v driver.Value) driver.Op { return driver.SetIfAbsent{Path: p.path, Value: v} })
}

func (p place) inc(n any) Change {
	return p.value(n, func(n driver.Value) driver.Op { return driver.Inc{Path: p.path, By: n} })
}

func (p place) mul(n any) Change {
	return p.value(n, func(n driver.Value) driver.Op { return driver.Mul{Path: p.path, By: n} })
}

func (p place) min(v any) Change {
	return p.value(v, func(v driver.Value) driver.Op { return driver.Min{Path: p.path, Value: v} })
}

func (p place) max(v any) Change {
	return p.value(v, func(v driver.Value) driver.Op { return driver.Max{Path: p.path, Value: v} })
}

// values is value for an operator with a list of operands.
func (p place) values(vs []any, op func([]driver.Value) driver.Op) Change {
	list, err := p.encodeAll(vs)
	do := op(list)
	if err != nil {
		return refusedOp(do.Name(), p.path, err)
	}
	return p.operation(do)
}

func (p place) push(o PushOptions, vs []any) Change {
	return p.values(vs, func(vs []driver.Value) driver.Op { return o.push(p.path, vs) })
}

func (p place) pullAll(vs []any) Change {
	return p.values(vs, func(vs []driver.Value) driver.Op { return driver.PullAll{Path: p.path, Values: vs} })
}

func (p place) addToSet(vs []any) Change {
	return p.values(vs, func(vs []driver.Value) driver.Op { return driver.AddToSet{Path: p.path, Each: vs} })
}

var errNoOrder = fmt.Errorf("%w: what is kept as JSON is neither less nor greater", ErrValue)

// notJSON returns why what is kept as JSON, which is a text, is no operand of op.
func notJSON(op driver.Op) error {
	switch op.(type) {
	case driver.Inc, driver.Mul:
		return fmt.Errorf("%w: no number that an int64 or a float64 holds", ErrValue)
	case driver.Min, driver.Max:
		return errNoOrder
	}
	return nil
}

// encode returns what is stored of v, but refuses it if it could not be read again: if the type is an interface, it is not the value alone
// that decides.
func (p place) encode(v any) (driver.Value, error) {
	if p.typ != nil {
		if why := govalue.Unreadable(p.typ); why != nil {
			return driver.Value{}, why
		}
	}
	return govalue.Encode(v)
}

func (p place) encodeAll(vs []any) ([]driver.Value, error) {
	values := make([]driver.Value, len(vs))
	for i, v := range vs {
		var err error
		if values[i], err = p.encode(v); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func anys[T any](vs []T) []any {
	list := make([]any, len(vs))
	for i, v := range vs {
		list[i] = v
	}
	return list
}

// get sets what into points to to the value, if there is one.
func (p place) get(ctx context.Context, s *Session, into any) (bool, error) {
	if err := p.readable("get"); err != nil {
		return false, &Error{"get", err}
	}
	at := []found{{path: p.path}}
	if err := s.read(ctx, "get", at); err != nil || !at[0].value.Exists() {
		return false, err
	}
	ok, err := p.decode(ctx, s.m, "get", at[0].value, into)
	return ok, wrapErr("get", err)
}

// take makes the changes together with op, which takes the value, and sets what into points to to that, if there was one.
func (p place) take(ctx context.Context, s *Session, name string, op Change, into any, more []Change) (bool, error) {
	if err := p.readable(name); err != nil {
		return false, &Error{name, err}
	}
	res, err := s.update(ctx, name, append([]Change{op}, more...))
	if err != nil || !res.Taken[0].Exists() {
		return false, err
	}
	ok, err := p.decode(ctx, s.m, name, res.Taken[0], into)
	return ok, wrapErr(name, err)
}

func (p place) takeOut() Change { return p.operation(driver.Take{Path: p.path}) }

// swap returns the change that takes the value and sets v.
func (p place) swap(v any) Change {
	return InOrder(p.takeOut(), p.set(v))
}
