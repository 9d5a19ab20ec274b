package changejson

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// comparison is what a condition of an update and one on the elements of an array have in common.
type comparison struct {
	Exists    *bool           `json:"exists"`
	Ne        driver.Value    `json:"ne"`
	Gt        driver.Value    `json:"gt"`
	Gte       driver.Value    `json:"gte"`
	Lt        driver.Value    `json:"lt"`
	Lte       driver.Value    `json:"lte"`
	In        values          `json:"in"`
	Nin       values          `json:"nin"`
	ElemMatch json.RawMessage `json:"elemMatch"`
}

// comparisons are the names of what can be asked of elements.
var comparisons = []string{"eq", "exists", "gt", "gte", "lt", "lte", "ne", "in", "nin", "elemMatch"}

// conditions returns what c, read from o, says of the path: at least one condition. What it is equal to has a name of its own
// wherever it stands.
func (c comparison) conditions(o object, path atomicsession.Path, equal driver.Value) ([]atomicsession.Condition, error) {
	var list []atomicsession.Condition
	if c.Exists != nil && *c.Exists {
		list = append(list, path.Exists())
	} else if c.Exists != nil {
		list = append(list, path.Absent())
	}
	for _, with := range []struct {
		value   driver.Value
		compare func(any) atomicsession.Condition
	}{{equal, path.Eq}, {c.Ne, path.Ne}, {c.Gt, path.Gt}, {c.Gte, path.Gte}, {c.Lt, path.Lt}, {c.Lte, path.Lte}} {
		if with.value.Exists() {
			list = append(list, with.compare(with.value))
		}
	}
	if c.In != nil {
		list = append(list, path.In(c.In.all()...))
	}
	if c.Nin != nil {
		list = append(list, path.Nin(c.Nin.all()...))
	}
	if c.ElemMatch != nil {
		each, err := o.elements("elemMatch", c.ElemMatch)
		if err != nil {
			return nil, err
		}
		list = append(list, path.Any(each...))
	}
	if len(list) == 0 {
		return nil, o.wrong("compares with nothing")
	}
	return list, nil
}

// conditions reads a condition of an update: about a path, or some that are combined.
func (o object) conditions() ([]atomicsession.Condition, error) {
	if combined, rest := o.combinations(); len(rest.names) == 0 && len(combined.names) > 0 {
		return combined.combine(object.conditions)
	}
	var c struct {
		Path   atomicsession.Path `json:"path" need:"true"`
		Equals driver.Value       `json:"equals"`
		comparison
	}
	if err := o.read(&c); err != nil {
		return nil, err
	}
	return c.conditions(o, c.Path, c.Equals)
}

// combinations returns the fields of o that combine conditions, and the others. Each of the former holds an array, so that a
// field of an element may have such a name.
func (o object) combinations() (combined, rest object) {
	combined, rest = o, o
	combined.names, rest.names = nil, nil
	for _, name := range o.names {
		if slices.Contains([]string{"and", "or", "nor"}, name) && bytes.HasPrefix(o.texts[name], []byte("[")) {
			combined.names = append(combined.names, name)
		} else {
			rest.names = append(rest.names, name)
		}
	}
	return combined, rest
}

// combine reads the fields of o, in each of which are objects that read knows.
func (o object) combine(read func(object) ([]atomicsession.Condition, error)) ([]atomicsession.Condition, error) {
	var list []atomicsession.Condition
	for _, name := range o.names {
		in, err := o.objects(name, o.texts[name])
		if err != nil {
			return nil, err
		}
		var each []atomicsession.Condition
		for _, o := range in {
			conditions, err := read(o)
			if err != nil {
				return nil, err
			}
			if len(conditions) > 1 {
				conditions = []atomicsession.Condition{atomicsession.And(conditions...)}
			}
			each = append(each, conditions...)
		}
		switch {
		case len(each) == 0:
			return nil, o.wrong("has no condition in the field %q", name)
		case name == "and":
			list = append(list, each...)
		case name == "or":
			list = append(list, atomicsession.Or(each...))
		default:
			list = append(list, atomicsession.Not(atomicsession.Or(each...)))
		}
	}
	return list, nil
}

// elements reads from a field which elements of an array are meant.
func (o object) elements(name string, text json.RawMessage) ([]atomicsession.Condition, error) {
	in, err := o.inside("."+name, text)
	if err != nil {
		return nil, err
	}
	return in.elementConditions()
}

// elementConditions reads which elements of an array are meant: {"gte":5} is about the elements themselves, {"qty":{"gte":5}}
// about what is in them. So a field whose name is that of a comparison cannot be asked for alone.
func (o object) elementConditions() ([]atomicsession.Condition, error) {
	combined, rest := o.combinations()
	list, err := combined.combine(object.elementConditions)
	if err != nil || len(rest.names) == 0 && len(list) > 0 {
		return list, err
	}
	if !slices.ContainsFunc(rest.names, func(name string) bool { return !slices.Contains(comparisons, name) }) {
		conditions, err := rest.compared("")
		return append(list, conditions...), err
	}
	for _, name := range rest.names {
		in, err := o.inside("."+name, o.texts[name])
		if err != nil {
			return nil, err
		}
		conditions, err := in.compared(atomicsession.Path(name))
		if err != nil {
			return nil, err
		}
		list = append(list, conditions...)
	}
	return list, nil
}

// compared reads what is said of the path inside an element.
func (o object) compared(path atomicsession.Path) ([]atomicsession.Condition, error) {
	var c struct {
		comparison
		Eq driver.Value `json:"eq"`
	}
	if err := o.read(&c); err != nil {
		return nil, err
	}
	return c.conditions(o, path, c.Eq)
}
