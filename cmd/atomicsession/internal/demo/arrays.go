package demo

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// oneOrSeveral are the values of an operation that takes either.
type oneOrSeveral struct {
	Value driver.Value `json:"value"`
	Each  values       `json:"each"`
}

func (v oneOrSeveral) check(o object) error {
	if (v.Each != nil) == v.Value.Exists() {
		return o.wrong("needs either %q or %q", "each", "value")
	}
	return nil
}

func (v oneOrSeveral) all() []driver.Value {
	if v.Value.Exists() {
		return []driver.Value{v.Value}
	}
	return v.Each
}

func readPush(o object) (atomicsession.Change, []string, error) {
	var f struct {
		operation
		oneOrSeveral
		Position *number         `json:"position"`
		Slice    *number         `json:"slice"`
		Sort     json.RawMessage `json:"sort"`
	}
	err := o.read(&f)
	if err == nil {
		err = f.check(o)
	}
	options := atomicsession.PushOptions{Position: (*int)(f.Position), Slice: (*int)(f.Slice)}
	if err == nil && f.Sort != nil {
		options.SortBy, options.Sort, err = o.readSort(f.Sort)
	}
	return atomicsession.PushWith(f.Path, options, f.all()...), []string{f.Path}, err
}

// readSort reads 1 and -1, or {"path":1}.
func (o object) readSort(text json.RawMessage) (by string, order atomicsession.SortOrder, err error) {
	in, name := o, "sort"
	if bytes.HasPrefix(text, []byte("{")) {
		if in, err = newObject(o.place+".sort", text); err != nil {
			return "", 0, err
		}
		if len(in.names) != 1 {
			return "", 0, o.wrong("sorts by more or less than one path")
		}
		by = in.names[0]
		name, text = by, in.texts[by]
	}
	v, err := in.scalar(name, text, driver.Int)
	if err != nil {
		return "", 0, err
	}
	if v.Int() != int64(atomicsession.Ascending) && v.Int() != int64(atomicsession.Descending) {
		return "", 0, o.wrong("sorts by neither 1 nor -1")
	}
	return by, atomicsession.SortOrder(v.Int()), nil
}

func readPull(o object) (atomicsession.Change, []string, error) {
	var f struct {
		operation
		Value driver.Value    `json:"value"`
		Where json.RawMessage `json:"where"`
	}
	err := o.read(&f)
	if err == nil && f.Value.Exists() == (f.Where != nil) {
		err = o.wrong("needs either %q or %q", "value", "where")
	}
	if err != nil || f.Where == nil {
		return atomicsession.PullAll(f.Path, f.Value), []string{f.Path}, err
	}
	where, err := newObject(o.place+".where", f.Where)
	if err != nil {
		return nil, nil, err
	}
	conditions, err := where.elements()
	return atomicsession.Pull(f.Path, conditions...), []string{f.Path}, err
}

// elements reads which elements of an array are meant: {"gte":5} is about the elements themselves, {"qty":{"gte":5}} about what
// is in them. So a field whose name is that of a comparison cannot be asked for alone.
func (o object) elements() ([]atomicsession.Condition, error) {
	if !slices.ContainsFunc(o.names, func(name string) bool { return !slices.Contains(comparisons, name) }) {
		return o.elementConditions("")
	}
	var list []atomicsession.Condition
	for _, name := range o.names {
		in, err := newObject(o.place+"."+name, o.texts[name])
		if err != nil {
			return nil, err
		}
		conditions, err := in.elementConditions(name)
		if err != nil {
			return nil, err
		}
		list = append(list, conditions...)
	}
	return list, nil
}

func (o object) elementConditions(path string) ([]atomicsession.Condition, error) {
	var c struct {
		comparison
		Eq driver.Value `json:"eq"`
	}
	if err := o.read(&c); err != nil {
		return nil, err
	}
	return c.conditions(o, path, c.Eq)
}
