package redisstore

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// errNUL: what was taken apart at each NUL has more parts than it should.
var errNUL = driver.Corrupt("a field holds a NUL")

// result reads the answer to an update. If that was lost, what the update has left is known only while the session is as it left it:
// others that came after have metadata and fields of their own. And what it has taken is gone, unless the client has worked it out.
func (o *operation) result(a answer) (driver.Result, error) {
	if a.status() == "earlier" || a.status() == "last" && o.known == nil && o.update.Takes() {
		return driver.Result{}, fmt.Errorf("%w: what the update returned was lost", driver.ErrUnknownOutcome)
	}
	var texts metaTexts
	copy(texts[:], a[min(ansMeta, len(a)):])
	meta, err := texts.parse(o.key.ID, a.text(ansUser))
	if err != nil {
		return driver.Result{}, err
	}
	r, next := driver.Result{Meta: meta}, ansResults
	switch {
	case o.known != nil:
		r.Fields, r.Taken = o.known.Fields, o.known.Taken
		return r, nil
	case a.status() == "last":
		for _, name := range o.update.WrittenNames() {
			v, err := parseText(a.text(next))
			if err != nil {
				return driver.Result{}, err
			}
			next++
			if v.Exists() {
				r.Fields = r.Fields.With(name, v)
			}
		}
	default:
		if next, err = o.results(&r, a); err != nil {
			return driver.Result{}, err
		}
	}
	if next != len(a) {
		return driver.Result{}, errNUL
	}
	return r, nil
}

// results reads what operations have left or taken that only the server knows, in their order. It returns where that ends.
func (o *operation) results(r *driver.Result, a answer) (next int, err error) {
	next = ansResults
	read := func() (v driver.Value) {
		if err == nil {
			v, err = parseText(a.text(next))
			next++
		}
		return v
	}
	fields := make([]driver.Field, 0, len(o.update.Ops))
	for _, op := range o.update.Ops {
		var v driver.Value
		switch op := op.(type) {
		case driver.Set:
			v = op.Value
		case driver.Unset:
		case driver.CurrentDate:
			v = driver.TimeValue(o.now)
		case driver.Sequence:
			for _, do := range op.Do {
				if _, takes := do.(driver.Take); takes {
					r.Taken = append(r.Taken, read())
				}
			}
			v = read()
		default:
			v = read()
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
	if err != nil {
		return 0, err
	}
	r.Fields, err = driver.NewDoc(fields...)
	return next, err
}

// parseText reads the text of a field, "" for none.
func parseText(text string) (v driver.Value, err error) {
	if text == "" {
		return v, nil
	}
	if v, err = driver.ParseValue(text); err != nil {
		err = driver.Corrupt(err.Error())
	}
	return v, err
}

// failure returns the error that an answer other than "ok" stands for.
func (o *operation) failure(a answer) error {
	if err := a.refusal(); err != nil {
		return err
	}
	switch a.status() {
	case "unknown":
		return fmt.Errorf("%w: the session is gone, or has changed too much to tell", driver.ErrUnknownOutcome)
	case "eval":
		return errEval
	case "changed":
		return retry.ErrChanged
	case "reauthenticate":
		return &driver.OpError{Op: "if", Err: driver.ErrReauthenticate}
	case "large":
		return fmt.Errorf("%w: session over the size limit", driver.ErrTooLarge)
	}
	step, err := strconv.Atoi(a.text(1))
	if err != nil || step < 1 || step > len(o.update.If)+len(o.update.Ops) {
		return fmt.Errorf("%w: the server's answer is not one of the script's", driver.ErrUnknownOutcome)
	}
	if step <= len(o.update.If) {
		return &driver.OpError{Op: "if", Path: slices.Collect(o.update.If[step-1].Paths())[0], Err: driver.ErrCondition}
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
