package demo

import (
	"slices"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// readUpdate reads {"ops":[...],"if":[...]}: the changes, conditions included, and the top-level fields they lead into.
func readUpdate(body *object) (changes []atomicsession.Change, touched []string, err error) {
	if !body.get("ops").Exists() {
		body.fail("has no field %q", "ops")
	}
	ops, conditions := body.objects("ops"), body.objects("if")
	if err := body.end(); err != nil {
		return nil, nil, err
	}
	for _, o := range ops {
		path := driver.Path(o.string("path"))
		touched = append(touched, path.Top())
		name := o.string("op")
		if name == "rename" {
			touched = append(touched, driver.Path(o.string("to")).Top())
		}
		read, ok := operators[name]
		if !ok {
			o.fail("has the unknown op %q", name)
			return nil, nil, o.err
		}
		change := read(o, string(path))
		if err := o.end(); err != nil {
			return nil, nil, err
		}
		changes = append(changes, change)
	}
	for _, o := range conditions {
		for _, c := range readComparisons(o, o.string("path"), "equals") {
			changes = append(changes, atomicsession.If(c))
		}
		if err := o.end(); err != nil {
			return nil, nil, err
		}
	}
	slices.Sort(touched)
	return changes, slices.Compact(touched), nil
}

// operators read the fields of one operation beside "op" and "path". A change made of fields that were not there is never
// used: o.err says so.
var operators = map[string]func(o *object, path string) atomicsession.Change{
	"set":         withValue(atomicsession.Set),
	"setIfAbsent": withValue(atomicsession.SetIfAbsent),
	"inc":         withValue(atomicsession.Inc),
	"mul":         withValue(atomicsession.Mul),
	"min":         withValue(atomicsession.Min),
	"max":         withValue(atomicsession.Max),
	"unset":       func(_ *object, path string) atomicsession.Change { return atomicsession.Unset(path) },
	"currentDate": func(_ *object, path string) atomicsession.Change { return atomicsession.CurrentDate(path) },
	"rename":      func(o *object, path string) atomicsession.Change { return atomicsession.Rename(path, o.string("to")) },
	"push":        readPush,
	"pop":         readPop,
	"pull":        readPull,
	"pullAll": func(o *object, path string) atomicsession.Change {
		values := o.value("values")
		if values.Kind() != driver.Array {
			o.fail("has a field %q that is no array", "values")
		}
		return atomicsession.PullAll(path, values.Elems()...)
	},
	"addToSet": func(o *object, path string) atomicsession.Change {
		return atomicsession.AddToSet(path, o.values("each", "value")...)
	},
	"bit": readBit,
}

func withValue(make func(string, any) atomicsession.Change) func(*object, string) atomicsession.Change {
	return func(o *object, path string) atomicsession.Change { return make(path, o.value("value")) }
}

func readPush(o *object, path string) atomicsession.Change {
	options := atomicsession.PushOptions{Position: o.int("position"), Slice: o.int("slice")}
	direction := o.get("sort")
	if direction.Kind() == driver.Object {
		if direction.Doc().Len() != 1 {
			o.fail("sorts by more or less than one field")
			return atomicsession.Change{}
		}
		by := direction.Doc().At(0)
		options.SortBy, direction = by.Name, by.Value
	}
	if options.Sort = atomicsession.SortOrder(direction.Int()); direction.Exists() &&
		options.Sort != atomicsession.Ascending && options.Sort != atomicsession.Descending {
		o.fail("sorts by neither 1 nor -1")
	}
	return atomicsession.PushWith(path, options, o.values("each", "value")...)
}

func readPop(o *object, path string) atomicsession.Change {
	if o.kind("first", driver.Bool).Bool() {
		return atomicsession.PopFirst(path)
	}
	return atomicsession.Pop(path)
}

func readPull(o *object, path string) atomicsession.Change {
	value, where := o.get("value"), o.kind("where", driver.Object)
	if value.Exists() == where.Exists() {
		o.fail("needs either %q or %q", "value", "where")
	}
	if value.Exists() {
		return atomicsession.PullAll(path, value)
	}
	var conditions []atomicsession.Condition
	if elements := newObject(`"where"`, where); ofElements(elements.doc) {
		conditions = readComparisons(elements, "", "eq")
		o.adopt(elements)
	} else {
		for name, v := range elements.doc.All() {
			field := newObject(`"where" of `+name, v)
			conditions = append(conditions, readComparisons(field, name, "eq")...)
			o.adopt(field)
		}
	}
	return atomicsession.Pull(path, conditions...)
}

// ofElements tells {"gte":5}, on the elements themselves, from {"qty":{"gte":5}}, on their fields. So a field cannot be
// asked for whose name is that of a comparison.
func ofElements(where driver.Doc) bool {
	for name := range where.All() {
		if comparisons[name] == nil && name != "eq" && name != "exists" {
			return false
		}
	}
	return true
}

// adopt takes over what was wrong with an object inside o.
func (o *object) adopt(inner *object) {
	if err := inner.end(); err != nil && o.err == nil {
		o.err = err
	}
}

// readComparisons reads "exists", "gt", "gte", "lt", "lte" and equality, under the name that it has there: at least one.
func readComparisons(o *object, path, equality string) []atomicsession.Condition {
	var list []atomicsession.Condition
	if v := o.kind("exists", driver.Bool); v.Bool() {
		list = append(list, atomicsession.Exists(path))
	} else if v.Exists() {
		list = append(list, atomicsession.Absent(path))
	}
	if v := o.get(equality); v.Exists() {
		list = append(list, atomicsession.Eq(path, v))
	}
	for name, compare := range comparisons {
		if v := o.get(name); v.Exists() {
			list = append(list, compare(path, v))
		}
	}
	if len(list) == 0 {
		o.fail("compares with nothing")
	}
	return list
}

var comparisons = map[string]func(path string, v any) atomicsession.Condition{
	"gt":  atomicsession.Gt,
	"gte": atomicsession.Gte,
	"lt":  atomicsession.Lt,
	"lte": atomicsession.Lte,
}

func readBit(o *object, path string) atomicsession.Change {
	var change atomicsession.Change
	given := 0
	for name, combine := range map[string]func(string, int64) atomicsession.Change{
		"and": atomicsession.BitAnd, "or": atomicsession.BitOr, "xor": atomicsession.BitXor,
	} {
		if v := o.kind(name, driver.Int); v.Exists() {
			change = combine(path, v.Int())
			given++
		}
	}
	if given != 1 {
		o.fail(`needs one of "and", "or" and "xor"`)
	}
	return change
}
