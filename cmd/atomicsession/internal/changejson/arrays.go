package changejson

import (
	"bytes"
	"encoding/json"

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

// all returns them as Push and AddToSet take them.
func (v oneOrSeveral) all() []any {
	if v.Value.Exists() {
		return []any{v.Value}
	}
	return v.Each.all()
}

func readPush(o object) (atomicsession.Change, error) {
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
		options.Sort, err = o.readSort(f.Sort)
	}
	return f.Path.PushWith(options, f.all()...), err
}

// readSort reads 1 and -1, or {"path":1,"other.path":-1}.
func (o object) readSort(text json.RawMessage) ([]atomicsession.Sort, error) {
	if !bytes.HasPrefix(text, []byte("{")) {
		s, err := o.sort("sort", text)
		return []atomicsession.Sort{s}, err
	}
	in, err := o.inside(".sort", text)
	if err != nil {
		return nil, err
	}
	if len(in.names) == 0 {
		return nil, o.wrong("sorts by no path")
	}
	var sorts []atomicsession.Sort
	for _, name := range in.names {
		s, err := in.sort(name, in.texts[name])
		if err != nil {
			return nil, err
		}
		s.By = driver.Path(name)
		sorts = append(sorts, s)
	}
	return sorts, nil
}

// sort reads a direction.
func (o object) sort(name string, text json.RawMessage) (s atomicsession.Sort, err error) {
	v, err := o.scalar(name, text, driver.Int)
	if err == nil && v.Int() != 1 && v.Int() != -1 {
		err = o.wrong("sorts by neither 1 nor -1")
	}
	return atomicsession.Sort{Desc: v.Int() < 0}, err
}

func readPop(o object) (atomicsession.Change, error) {
	var f struct {
		operation
		First *bool `json:"first"`
	}
	err := o.read(&f)
	if f.First != nil && *f.First {
		return f.Path.PopFirst(), err
	}
	return f.Path.Pop(), err
}

func readPull(o object) (atomicsession.Change, error) {
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
		return f.Path.PullAll(f.Value), err
	}
	conditions, err := o.elements("where", f.Where)
	return f.Path.Pull(conditions...), err
}

func readPullAll(o object) (atomicsession.Change, error) {
	var f struct {
		operation
		Values values `json:"values" need:"true"`
	}
	err := o.read(&f)
	return f.Path.PullAll(f.Values.all()...), err
}

func readAddToSet(o object) (atomicsession.Change, error) {
	var f struct {
		operation
		oneOrSeveral
	}
	err := o.read(&f)
	if err == nil {
		err = f.check(o)
	}
	return f.Path.AddToSet(f.all()...), err
}
