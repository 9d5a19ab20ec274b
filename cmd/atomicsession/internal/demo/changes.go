package demo

import (
	"slices"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// updateRequest is the body of an update: one of the two may be missing.
type updateRequest struct {
	Ops objects `json:"ops"`
	If  objects `json:"if"`
}

// changes returns the changes, conditions included, and the top-level fields they lead into.
func (r updateRequest) changes() (changes []atomicsession.Change, touched []string, err error) {
	if r.Ops == nil && r.If == nil {
		return nil, nil, badRequest("body has neither %q nor %q", "ops", "if")
	}
	for _, o := range r.Ops {
		change, paths, err := o.operation()
		if err != nil {
			return nil, nil, err
		}
		changes = append(changes, change)
		for _, path := range paths {
			touched = append(touched, driver.Path(path).Top())
		}
	}
	for _, o := range r.If {
		var c condition
		if err := o.read(&c); err != nil {
			return nil, nil, err
		}
		list, err := c.conditions(o, c.Path, c.Equals)
		if err != nil {
			return nil, nil, err
		}
		for _, c := range list {
			changes = append(changes, atomicsession.If(c))
		}
	}
	slices.Sort(touched)
	return changes, slices.Compact(touched), nil
}

// operation is what every operation has.
type operation struct {
	Op   string `json:"op" need:"true"`
	Path string `json:"path" need:"true"`
}

func (o object) operation() (atomicsession.Change, []string, error) {
	text, ok := o.texts["op"]
	if !ok {
		return nil, nil, o.wrong("has no field %q", "op")
	}
	name, err := o.scalar("op", text, driver.String)
	if err != nil {
		return nil, nil, err
	}
	read, ok := operators[name.Str()]
	if !ok {
		return nil, nil, o.wrong("has the unknown op %q", name.Str())
	}
	return read(o)
}

// reader reads an operation and returns the change, and the paths that it changes.
type reader func(object) (atomicsession.Change, []string, error)

var operators = map[string]reader{
	"set":         withValue(atomicsession.Set),
	"setIfAbsent": withValue(atomicsession.SetIfAbsent),
	"inc":         withValue(atomicsession.Inc),
	"mul":         withValue(atomicsession.Mul),
	"min":         withValue(atomicsession.Min),
	"max":         withValue(atomicsession.Max),
	"unset":       alone(atomicsession.Unset),
	"currentDate": alone(atomicsession.CurrentDate),
	"rename": func(o object) (atomicsession.Change, []string, error) {
		var f struct {
			operation
			To string `json:"to" need:"true"`
		}
		err := o.read(&f)
		return atomicsession.Rename(f.Path, f.To), []string{f.Path, f.To}, err
	},
	"push": readPush,
	"pop":  readPop,
	"pull": readPull,
	"pullAll": func(o object) (atomicsession.Change, []string, error) {
		var f struct {
			operation
			Values values `json:"values" need:"true"`
		}
		err := o.read(&f)
		return atomicsession.PullAll(f.Path, f.Values...), []string{f.Path}, err
	},
	"addToSet": func(o object) (atomicsession.Change, []string, error) {
		var f struct {
			operation
			oneOrSeveral
		}
		err := o.read(&f)
		if err == nil {
			err = f.check(o)
		}
		return atomicsession.AddToSet(f.Path, f.all()...), []string{f.Path}, err
	},
	"bit": readBit,
}

func withValue(make func(string, any) atomicsession.Change) reader {
	return func(o object) (atomicsession.Change, []string, error) {
		var f struct {
			operation
			Value driver.Value `json:"value" need:"true"`
		}
		err := o.read(&f)
		return make(f.Path, f.Value), []string{f.Path}, err
	}
}

func alone(make func(string) atomicsession.Change) reader {
	return func(o object) (atomicsession.Change, []string, error) {
		var f operation
		err := o.read(&f)
		return make(f.Path), []string{f.Path}, err
	}
}

func readPop(o object) (atomicsession.Change, []string, error) {
	var f struct {
		operation
		First *bool `json:"first"`
	}
	err := o.read(&f)
	if f.First != nil && *f.First {
		return atomicsession.PopFirst(f.Path), []string{f.Path}, err
	}
	return atomicsession.Pop(f.Path), []string{f.Path}, err
}

func readBit(o object) (atomicsession.Change, []string, error) {
	var f struct {
		operation
		And *int64 `json:"and"`
		Or  *int64 `json:"or"`
		Xor *int64 `json:"xor"`
	}
	err := o.read(&f)
	var changes []atomicsession.Change
	for _, c := range []struct {
		with *int64
		make func(string, int64) atomicsession.Change
	}{{f.And, atomicsession.BitAnd}, {f.Or, atomicsession.BitOr}, {f.Xor, atomicsession.BitXor}} {
		if c.with != nil {
			changes = append(changes, c.make(f.Path, *c.with))
		}
	}
	if err == nil && len(changes) != 1 {
		err = o.wrong(`needs one of "and", "or" and "xor"`)
	}
	if err != nil {
		return nil, nil, err
	}
	return changes[0], []string{f.Path}, nil
}
