package driver_test

import "github.com/atomicsession/atomicsession/driver"

// insideElements are updates that do much with each of many elements, given many values that v makes.
func insideElements(size int, v func(int) driver.Value) (list []work) {
	n := size * perElement / 4
	many := array(2*size*perClause, v).Get("a")
	in := driver.Condition{Path: "f", Is: driver.In, Value: many}
	object := func(i int) driver.Value {
		l := driver.ArrayValue(v(i), v(i+1))
		return driver.ObjectValue(driver.Doc{}.With("f", v(i)).With("l", l).With("o", driver.ArrayValue(driver.ObjectValue(driver.Doc{}.With("f", v(i))))))
	}
	each := func(do ...driver.Op) driver.Op { return driver.Elements{Path: "a", Do: do} }
	negated := driver.Condition{Is: driver.Nor, Each: conds(in)}
	mark := driver.Set{Path: "n", Value: driver.IntValue(1)}
	marks := make([]driver.Op, driver.MaxInside)
	for i := range marks {
		marks[i] = driver.Unset{Path: driver.Path("u" + string(rune('a'+i%26)) + string(rune('a'+i/26)))}
	}
	pushes := make([]driver.Op, driver.MaxInside)
	for i := range pushes {
		pushes[i] = driver.Push{Path: "a", Each: []driver.Value{v(i)}, Slice: new(-n)}
	}
	for _, op := range []driver.Op{
		driver.Elements{Path: "a", Where: conds(in), Do: ops(mark)},
		driver.Elements{Path: "a", Where: conds(negated), Do: ops(mark)},
		each(marks...),
		each(driver.PullAll{Path: "l", Values: many.Elems()}),
		each(driver.Pull{Path: "l", Where: conds(driver.Condition{Is: driver.In, Value: many})}),
		each(driver.Pull{Path: "o", Where: conds(driver.Condition{Path: "f", Is: driver.Nin, Value: many})}),
		each(driver.Elements{Path: "o", Where: conds(in), Do: ops(mark)}),
		each(driver.Min{Path: "f", Value: v(0)}),
		driver.Pull{Path: "a", Where: conds(in)},
		driver.Pull{Path: "a", Where: conds(negated)},
		driver.Pull{Path: "a", Where: conds(driver.Condition{Path: "o.f", Is: driver.In, Value: many})},
		driver.Pull{Path: "a", Where: conds(driver.Condition{Path: "l", Is: driver.ElemMatch, Each: conds(driver.Condition{Is: driver.In, Value: many})})},
		driver.Sequence{Path: "a", Do: pushes},
	} {
		list = append(list, one(array(n, object), op))
	}
	list = append(list, work{array(n, object), &driver.Update{If: conds(
		driver.Condition{Path: "a", Is: driver.Nin, Value: many},
		driver.Condition{Is: driver.Nor, Each: conds(driver.Condition{Path: "a", Is: driver.ElemMatch, Each: conds(
			driver.Condition{Path: "f", Is: driver.In, Value: many}, driver.Condition{Path: "l", Is: driver.Exists, Value: driver.BoolValue(false)},
		)})},
	)}})
	return list
}
