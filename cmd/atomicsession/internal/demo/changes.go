package demo

import (
	"bytes"
	"slices"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// readUpdate reads {"ops":[...],"if":[...]}, of which one may be missing: the changes, conditions included, and the top-level
// fields they lead into.
func readUpdate(body *object) (changes []atomicsession.Change, touched []string, err error) {
	ops, conditions := body.objects("ops"), body.objects("if")
	if ops == nil && conditions == nil {
		body.fail("has neither %q nor %q", "ops", "if")
	}
	for _, o := range ops {
		path, name := o.string("path"), o.string("op")
		read, ok := operators[name]
		if !ok {
			o.fail("has the unknown op %q", name)
			return nil, nil, o.err
		}
		changes = append(changes, read(o, path))
		touched = append(touched, driver.Path(path).Top())
		if name == "rename" {
			touched = append(touched, driver.Path(o.string("to")).Top())
		}
	}
	for _, o := range conditions {
		for _, c := range readComparisons(o, o.string("path"), "equals") {
			changes = append(changes, atomicsession.If(c))
		}
	}
	slices.Sort(touched)
	return changes, slices.Compact(touched), body.end()
}

// operators read the fields of one operation beside "op" and "path". A change made of fields that were not there is never
// used: the object's end says so.
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
		values := o.array("values")
		if !values.Exists() {
			o.fail("has no field %q", "values")
		}
		return atomicsession.PullAll(path, values.Elems()...)
	},
	"addToSet": func(o *object, path string) atomicsession.Change {
		return atomicsession.AddToSet(path, o.values("each", "value")...)
	},
	"bit": readBit,
}

func withValue(make func(string, any) atomicsession.Change) func(*object, string) atomicsession.Change {
	return func(o *object, path string) atomicsession.Change { return make(path, o.need("value")) }
}

func readPush(o *object, path string) atomicsession.Change {
	values := o.values("each", "value")
	options := atomicsession.PushOptions{Position: o.int("position"), Slice: o.int("slice")}
	by, name := o, "sort" // 1 and -1, or {"path":1}
	if bytes.HasPrefix(o.field(name), []byte("{")) {
		by = o.object(name)
		if len(by.fields) != 1 {
			o.fail("sorts by more or less than one path")
			return atomicsession.Change{}
		}
		name = by.fields[0].name
		options.SortBy = name
	}
	if direction := by.int(name); direction != nil {
		options.Sort = atomicsession.SortOrder(*direction)
		if options.Sort != atomicsession.Ascending && options.Sort != atomicsession.Descending {
			o.fail("sorts by neither 1 nor -1")
		}
	}
	return atomicsession.PushWith(path, options, values...)
}

func readPop(o *object, path string) atomicsession.Change {
	if o.scalar("first", driver.Bool).Bool() {
		return atomicsession.PopFirst(path)
	}
	return atomicsession.Pop(path)
}

func readPull(o *object, path string) atomicsession.Change {
	value, where := o.value("value"), o.object("where")
	if value.Exists() == (where != nil) {
		o.fail("needs either %q or %q", "value", "where")
	}
	if where == nil {
		return atomicsession.PullAll(path, value)
	}
	var conditions []atomicsession.Condition
	if ofElements(where) {
		conditions = readComparisons(where, "", "eq")
	} else {
		for _, f := range where.fields {
			conditions = append(conditions, readComparisons(where.object(f.name), f.name, "eq")...)
		}
	}
	return atomicsession.Pull(path, conditions...)
}

// ofElements tells {"gte":5}, on the elements themselves, from {"qty":{"gte":5}}, on what is in them. So a field whose name is
// that of a comparison cannot be asked for alone.
func ofElements(where *object) bool {
	return !slices.ContainsFunc(where.fields, func(f field) bool {
		return comparisons[f.name] == nil && f.name != "eq" && f.name != "exists"
	})
}

// readComparisons reads "exists", "gt", "gte", "lt", "lte" and equality, under the name that it has there: at least one.
func readComparisons(o *object, path, equality string) []atomicsession.Condition {
	var list []atomicsession.Condition
	if v := o.scalar("exists", driver.Bool); v.Bool() {
		list = append(list, atomicsession.Exists(path))
	} else if v.Exists() {
		list = append(list, atomicsession.Absent(path))
	}
	if v := o.value(equality); v.Exists() {
		list = append(list, atomicsession.Eq(path, v))
	}
	for name, compare := range comparisons {
		if v := o.value(name); v.Exists() {
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
		if v := o.scalar(name, driver.Int); v.Exists() {
			change = combine(path, v.Int())
			given++
		}
	}
	if given != 1 {
		o.fail(`needs one of "and", "or" and "xor"`)
	}
	return change
}
