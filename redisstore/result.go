package redisstore

import (
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession/driver"
)

// result reads the answer to an update: what operations have left or taken that only the server knows, in their order.
func (o *operation) result(a answer) (driver.Result, error) {
	meta, err := o.meta(a)
	if err != nil {
		return driver.Result{}, err
	}
	if o.known != nil {
		return driver.Result{Meta: meta, Fields: o.known.Fields, Taken: o.known.Taken}, nil
	}
	r := driver.Result{Meta: meta}
	fields := make([]driver.Field, 0, len(o.update.Ops))
	next := ansResults
	for _, op := range o.update.Ops {
		var v driver.Value
		switch op := op.(type) {
		case driver.Set:
			v = op.Value
		case driver.Unset:
		case driver.CurrentDate:
			v = driver.TimeValue(o.now)
		default:
			if v, err = parseText(a.text(next)); err != nil {
				return driver.Result{}, corrupt(err)
			}
			next++
		}
		name := string(op.Target())
		switch op := op.(type) {
		case driver.Take:
			r.Taken = append(r.Taken, v)
			continue
		case driver.Rename:
			name = string(op.To)
		case driver.SetIfAbsent:
			if !v.Exists() {
				v = op.Value
			}
		}
		if v.Exists() {
			fields = append(fields, driver.Field{Name: name, Value: v})
		}
	}
	if next != len(a) {
		return driver.Result{}, corrupt(errors.New("a field holds a NUL"))
	}
	r.Fields, err = driver.NewDoc(fields...)
	return r, err
}

// parseText reads the text of a field, "" for none.
func parseText(text string) (driver.Value, error) {
	if text == "" {
		return driver.Value{}, nil
	}
	return driver.ParseValue(text)
}

func (o *operation) meta(a answer) (driver.Meta, error) {
	texts := answeredMeta(a.text(ansMeta))
	return texts.parse(o.key.ID, a.text(ansUser))
}

// found reads what an update has left whose own answer was lost, if the session is still as it left it. If others came after it, the
// session tells of another moment: its metadata and fields may be theirs. And what it has taken is gone, unless that is known.
func (o *operation) found(a answer) (driver.Result, error) {
	if a.status() != "last" || o.known == nil && o.update.Takes() {
		return driver.Result{}, fmt.Errorf("%w: what the update returned was lost", driver.ErrUnknownOutcome)
	}
	meta, err := o.meta(a)
	if err != nil {
		return driver.Result{}, err
	}
	if o.known != nil {
		return driver.Result{Meta: meta, Fields: o.known.Fields, Taken: o.known.Taken}, nil
	}
	var d driver.Doc
	for i, name := range o.update.WrittenNames() {
		v, err := parseText(a.text(ansResults + i))
		if err != nil {
			return driver.Result{}, corrupt(err)
		}
		if v.Exists() {
			d = d.With(name, v)
		}
	}
	return driver.Result{Meta: meta, Fields: d}, nil
}

// failure returns the error that an answer other than "ok" stands for.
func (o *operation) failure(a answer) error {
	switch a.status() {
	case "absent":
		return driver.ErrNotFound
	case "renewed":
		return driver.ErrRenewed
	case "unknown":
		return fmt.Errorf("%w: the session is gone, or has changed too much to tell", driver.ErrUnknownOutcome)
	case "corrupt":
		return damaged(a.last())
	case "eval":
		return errEval
	case "changed":
		return errChanged
	case "large":
		return fmt.Errorf("%w: session over the size limit", driver.ErrTooLarge)
	}
	step := a.number(1)
	if step < 1 || step > len(o.update.If)+len(o.update.Ops) {
		return fmt.Errorf("%w: the server's answer is not one of the script's", driver.ErrUnknownOutcome)
	}
	if step <= len(o.update.If) {
		return &driver.OpError{Op: "if", Path: o.update.If[step-1].Path, Err: driver.ErrCondition}
	}
	op := o.update.Ops[step-1-len(o.update.If)]
	fail := &driver.OpError{Op: op.Name(), Path: op.Target()}
	switch a.status() {
	case "overflow":
		fail.Err = fmt.Errorf("%w: outside the range of its kind", driver.ErrOverflow)
	case "array", "number", "int":
		fail.Err = fmt.Errorf("%w: the field is not an %s but %s", driver.ErrType, a.status(), a.text(2))
	}
	return fail
}
