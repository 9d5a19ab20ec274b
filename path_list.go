package atomicsession

import "github.com/atomicsession/atomicsession/driver"

// Push returns the change that appends the values to an array; a missing field counts as an empty one.
func (p Path) Push(vs ...any) Change { return p.at().push(PushOptions{}, vs) }

// PushOptions say where PushWith inserts, and what it does with the array then.
type PushOptions struct {
	// Position is the index to insert at; a negative one counts from the end. Nil appends.
	Position *int
	// Slice keeps the first n elements, or the last -n if negative. Nil keeps all.
	Slice *int
	// Sort sorts the whole array, before it is sliced: by its first entry or, where that makes no difference, by the next.
	Sort []Sort
}

// Sort is an order of the elements of an array. By is the path inside them that is compared; if it is empty, the elements themselves are.
// The order is ascending unless Desc is true.
type Sort = driver.Sort

// push returns the operation. The caller may go on using what he gave.
func (o PushOptions) push(p driver.Path, each []driver.Value) driver.Op {
	push := driver.Push{Path: p, Each: each, Sort: append([]Sort(nil), o.Sort...)}
	if o.Position != nil {
		push.Position = new(*o.Position)
	}
	if o.Slice != nil {
		push.Slice = new(*o.Slice)
	}
	return push
}

// PushWith returns the change that inserts the values into an array, then sorts it, then slices it, as the options say; a missing field
// counts as an empty array. With no values it just sorts and slices.
func (p Path) PushWith(o PushOptions, vs ...any) Change { return p.at().push(o, vs) }

// Pop returns the change that removes the last element of an array, if there is one.
func (p Path) Pop() Change { return p.at().pop(false) }

// PopFirst returns the change that removes the first element of an array, if there is one.
func (p Path) PopFirst() Change { return p.at().pop(true) }

func (p place) pop(first bool) Change {
	return p.operation(driver.Pop{Path: p.path, First: first})
}

// Pull returns the change that removes the elements of an array that meet all conditions. Give at least one. Their paths begin at the
// element; [Path]("") is the element itself. Unlike all other conditions, they match as in a MongoDB query: a path that meets an array
// goes on into its elements, a field that holds an array also matches if one of its elements does, and null matches a missing field.
func (p Path) Pull(where ...Condition) Change { return p.at().pull(where) }

func (p place) pull(where []Condition) Change {
	list, err := plain(where)
	op := driver.Pull{Path: p.path, Where: list}
	if err != nil {
		return refusedOp(op.Name(), op.Path, err)
	}
	return p.operation(op)
}

// PullAll returns the change that removes the elements of an array that equal one of the values.
func (p Path) PullAll(vs ...any) Change { return p.at().pullAll(vs) }

// AddToSet returns the change that appends to an array those of the values that it does not hold yet; a missing field counts as an empty
// array.
func (p Path) AddToSet(vs ...any) Change { return p.at().addToSet(vs) }
