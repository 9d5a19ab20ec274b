package driver

import "fmt"

// maxNested is how deep conditions stand inside one another: servers bound what they take.
const maxNested = 8

// checkIf checks the conditions of an update.
func checkIf(conditions []Condition, l Limits) error {
	n := 0
	for _, c := range conditions {
		if err := checkStrict([]Condition{c}, l, false); err != nil {
			return &OpError{Op: "if", Path: c.path(), Err: err}
		}
		n += matched(c)
	}
	if n > MaxInside {
		return &OpError{Op: "if", Err: fmt.Errorf("%w: %d conditions on elements, at most %d", ErrTooLarge, n, MaxInside)}
	}
	return nil
}

// matched returns how many conditions stand inside ElemMatch.
func matched(c Condition) (n int) {
	if c.Is == ElemMatch {
		return count(c.Each, nil)
	}
	for _, c := range c.Each {
		n += matched(c)
	}
	return n
}

// checkStrict checks conditions of an update or, if onElements, of Elements.
func checkStrict(conditions []Condition, l Limits, onElements bool) error {
	return checkNested(conditions, 1, func(c Condition) error {
		if c.Is == ElemMatch {
			if err := checkStrict(c.Each, l, true); err != nil {
				return err
			}
		}
		if c.Path == "" && onElements {
			return nil
		}
		return c.Path.Check(l)
	}, l)
}

// checkPull checks the conditions of a Pull.
func checkPull(where []Condition, l Limits) error {
	switch n := count(where, nil); {
	case len(where) == 0:
		return wrap(ErrValue, "no condition")
	case n > MaxOps:
		return fmt.Errorf("%w: %d conditions, at most %d", ErrTooLarge, n, MaxOps)
	case n > MaxInside && !simple(where):
		return fmt.Errorf("%w: %d conditions, at most %d if they are more than comparisons of fields", ErrTooLarge, n, MaxInside)
	}
	return checkQuery(where, l)
}

func checkQuery(where []Condition, l Limits) error {
	var fields, element bool
	return checkNested(where, 1, func(c Condition) error {
		fields, element = fields || c.Path != "", element || c.Path == ""
		switch {
		case fields && element:
			return wrap(ErrValue, "conditions on the element and on its fields do not mix")
		case element && c.Is == Exists:
			return wrap(ErrValue, "an element always exists")
		case c.Is == ElemMatch:
			if err := checkQuery(c.Each, l); err != nil {
				return err
			}
		}
		if element {
			return nil
		}
		return c.Path.Check(l)
	}, l)
}

// checkNested checks the form of conditions, and calls check for those that have a path. It does not look into ElemMatch.
func checkNested(conditions []Condition, depth int, check func(Condition) error, l Limits) error {
	for _, c := range conditions {
		err := c.checkForm(l)
		switch {
		case err != nil:
		case depth > maxNested:
			err = fmt.Errorf("%w: conditions nested more than %d deep", ErrTooLarge, maxNested)
		case c.Is.Combines():
			err = checkNested(c.Each, depth+1, check, l)
		default:
			err = check(c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkForm checks that c has what its comparison asks for, and nothing else.
func (c Condition) checkForm(l Limits) error {
	if c.Is < Exists || c.Is > Nor {
		return wrap(ErrValue, "no comparison")
	}
	holds := c.Is == ElemMatch || c.Is.Combines()
	switch {
	case holds && len(c.Each) == 0:
		return wrap(ErrValue, c.Is.String()+" without a condition")
	case holds && c.Value.Exists():
		return wrap(ErrValue, c.Is.String()+" has no value")
	case c.Is.Combines() && c.Path != "":
		return wrap(ErrPath, c.Is.String()+" has no path of its own")
	case holds:
		return nil
	case len(c.Each) > 0:
		return wrap(ErrValue, c.Is.String()+" holds no conditions")
	case c.Is == Exists && c.Value.kind != Bool:
		return wrap(ErrValue, "exists needs true or false")
	case (c.Is == In || c.Is == Nin) && c.Value.kind != Array:
		return wrap(ErrValue, c.Is.String()+" needs an array")
	case c.Is == In, c.Is == Nin:
		for _, v := range c.Value.Elems() {
			if err := v.checkAt(0, l); err != nil {
				return err
			}
		}
		return nil
	}
	return c.Value.checkAt(0, l)
}
