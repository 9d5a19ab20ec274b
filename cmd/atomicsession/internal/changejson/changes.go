package changejson

import (
	"encoding/json"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// changes reads operations.
func (os objects) changes() ([]atomicsession.Change, error) {
	changes := make([]atomicsession.Change, len(os))
	for i, o := range os {
		var err error
		if changes[i], err = o.operation(); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// operation is what every operation has, but for a sequence, which has no path.
type operation struct {
	Op   string             `json:"op" need:"true"`
	Path atomicsession.Path `json:"path" need:"true"`
}

func (o object) operation() (atomicsession.Change, error) {
	text, ok := o.texts["op"]
	if !ok {
		return nil, o.wrong("has no field %q", "op")
	}
	name, err := o.scalar("op", text, driver.String)
	if err != nil {
		return nil, err
	}
	read, ok := operators[name.Str()]
	if !ok {
		return nil, o.wrong("has the unknown op %q", name.Str())
	}
	return read(o)
}

// reader reads an operation.
type reader func(object) (atomicsession.Change, error)

var operators map[string]reader

func init() { // operations stand inside others
	operators = map[string]reader{
		"set":         withValue(atomicsession.Path.Set),
		"setIfAbsent": withValue(atomicsession.Path.SetIfAbsent),
		"inc":         withValue(atomicsession.Path.Inc),
		"mul":         withValue(atomicsession.Path.Mul),
		"min":         withValue(atomicsession.Path.Min),
		"max":         withValue(atomicsession.Path.Max),
		"unset":       alone(atomicsession.Path.Unset),
		"currentDate": alone(atomicsession.Path.CurrentDate),
		"rename":      readRename,
		"push":        readPush,
		"pop":         readPop,
		"pull":        readPull,
		"pullAll":     readPullAll,
		"addToSet":    readAddToSet,
		"bit":         readBit,
		"elements":    readElements,
		"sequence":    readSequence,
	}
}

func withValue(make func(atomicsession.Path, any) atomicsession.Change) reader {
	return func(o object) (atomicsession.Change, error) {
		var f struct {
			operation
			Value driver.Value `json:"value" need:"true"`
		}
		err := o.read(&f)
		return make(f.Path, f.Value), err
	}
}

func alone(make func(atomicsession.Path) atomicsession.Change) reader {
	return func(o object) (atomicsession.Change, error) {
		var f operation
		err := o.read(&f)
		return make(f.Path), err
	}
}

func readRename(o object) (atomicsession.Change, error) {
	var f struct {
		operation
		To atomicsession.Path `json:"to" need:"true"`
	}
	err := o.read(&f)
	return f.Path.Rename(f.To), err
}

func readBit(o object) (atomicsession.Change, error) {
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
		make func(atomicsession.Path, int64) atomicsession.Change
	}{{f.And, atomicsession.Path.BitAnd}, {f.Or, atomicsession.Path.BitOr}, {f.Xor, atomicsession.Path.BitXor}} {
		if c.with != nil {
			changes = append(changes, c.make(f.Path, *c.with))
		}
	}
	if err == nil && len(changes) != 1 {
		err = o.wrong(`needs one of "and", "or" and "xor"`)
	}
	if err != nil {
		return nil, err
	}
	return changes[0], nil
}

func readElements(o object) (atomicsession.Change, error) {
	var f struct {
		operation
		Where json.RawMessage `json:"where"`
		Do    objects         `json:"do" need:"true"`
	}
	if err := o.read(&f); err != nil {
		return nil, err
	}
	var where []atomicsession.Condition
	if f.Where != nil {
		var err error
		if where, err = o.elements("where", f.Where); err != nil {
			return nil, err
		}
	}
	do, err := f.Do.changes()
	return f.Path.Where(where...).Do(do...), err
}

func readSequence(o object) (atomicsession.Change, error) {
	var f struct {
		Op string  `json:"op" need:"true"`
		Do objects `json:"do" need:"true"`
	}
	if err := o.read(&f); err != nil {
		return nil, err
	}
	do, err := f.Do.changes()
	return atomicsession.InOrder(do...), err
}
