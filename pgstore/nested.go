package pgstore

import (
	"slices"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

// conditions returns the conditions as the function meets takes them. at says which text a path leads into, and how it goes on there.
func conditions(list []driver.Condition, at func(driver.Path) (int, driver.Path)) driver.Value {
	each := make([]driver.Value, len(list))
	for i, c := range list {
		field, rest, operand, inside := 1, driver.Path(""), driver.StringValue(c.Value.Text()), ""
		if !c.Is.Combines() {
			field, rest = at(c.Path)
		}
		switch {
		case c.Is == driver.ElemMatch:
			operand, inside = conditions(c.Each, inElement), needle(c.Each, false)
		case c.Is.Combines():
			operand = conditions(c.Each, at)
		}
		each[i] = driver.ArrayValue(driver.StringValue(c.Is.String()), driver.IntValue(int64(field)), driver.StringValue(string(rest)), operand,
			driver.StringValue(inside))
	}
	return driver.ArrayValue(each...)
}

// needle returns a text that the texts of all elements hold which meet the conditions, the longest that is known. In a query null is not to be
// looked for: it matches what is not there.
func needle(list []driver.Condition, query bool) (longest string) {
	for _, c := range list {
		var text string
		switch kind := c.Value.Kind(); {
		case c.Is == driver.And:
			text = needle(c.Each, query)
		case c.Is != driver.Eq || kind == driver.Array || kind == driver.Object || kind == driver.Null && query:
		case c.Value.IsNumber():
			text = strings.TrimSuffix(c.Value.Text(), ".0")
		default:
			text = c.Value.Text()
		}
		if len(text) > len(longest) {
			longest = text
		}
	}
	return longest
}

// inElement does for conditions on an element what inField does for those on the document.
func inElement(p driver.Path) (int, driver.Path) { return 1, p }

// pulled returns the values that a Pull removes wherever it finds them, as an array; false if its conditions ask for more.
func pulled(op driver.Pull) (driver.Value, bool) {
	switch c := op.Where[0]; {
	case len(op.Where) > 1 || c.Path != "":
	case c.Is == driver.Eq:
		return driver.ArrayValue(c.Value), true
	case c.Is == driver.In:
		return c.Value, len(c.Value.Elems()) <= maxPulled
	}
	return driver.Value{}, false
}

// pull returns the word and the operands of a Pull.
func (o *operation) pull(op driver.Pull) (string, [3]string) {
	if values, ok := pulled(op); ok {
		return op.Name(), [3]string{values.Text()}
	}
	o.nested = true
	fields := string(slices.Collect(op.Where[0].Paths())[0]) // "" if the conditions are on the elements themselves
	return "pullThose", [3]string{conditions(op.Where, inElement).Text(), needle(op.Where, true), fields}
}

// elements returns the operands of an Elements; false if the function cannot do one of the operations inside it.
func (o *operation) elements(op driver.Elements) ([3]string, bool) {
	o.nested = true
	do, ok := o.inside(op.Do)
	return [3]string{conditions(op.Where, inElement).Text(), needle(op.Where, false), driver.ArrayValue(do...).Text()}, ok
}

// inside returns operations inside an Elements. A [driver.Sequence] is as good as what it holds, since they come one after the other.
func (o *operation) inside(ops []driver.Op) (list []driver.Value, ok bool) {
	for _, op := range ops {
		if s, isSequence := op.(driver.Sequence); isSequence {
			do, ok := o.inside(s.Do)
			if !ok || s.Path != "" && !writes(s.Do) {
				return nil, false
			}
			list = append(list, do...)
			continue
		}
		word, operands, ok := o.word(op)
		if !ok {
			return nil, false
		}
		texts := []driver.Value{driver.StringValue(word), driver.StringValue(string(op.Target()))}
		for _, text := range operands {
			texts = append(texts, driver.StringValue(text))
		}
		list = append(list, driver.ArrayValue(texts...))
	}
	return list, true
}

// writes reports whether one of the operations of a Sequence surely writes, or is refused where there is nothing to write to: then it makes no
// difference that the objects on the way to the others are not created.
func writes(ops []driver.Op) bool {
	return slices.ContainsFunc(ops, func(op driver.Op) bool {
		switch op.(type) {
		case driver.Unset, driver.Take, driver.Pop, driver.Pull, driver.PullAll:
			return false
		}
		return true
	})
}
