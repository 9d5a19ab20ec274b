package pgstore

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// answer is what the update function returns: a word, and what belongs to it.
type answer []pgtype.Text

// Where an answer to an update that was applied has its parts.
const (
	ansMeta   = 1
	ansFields = ansMeta + metaLen
)

func (a answer) status() string { return a.text(0) }

// later returns an ID that is none too late for the session which has answered "late".
func (a answer) later() retry.OpID {
	floor, _ := hex.DecodeString(a.text(1))
	return retry.NewOpID(floor)
}

// text returns the i-th part, "" if it is null or not there. No text of a value is empty.
func (a answer) text(i int) string {
	if i >= len(a) {
		return ""
	}
	return a[i].String
}

// meta returns the metadata in the answer to an update that was applied: whoever cannot read it has lost it.
func (a answer) meta(id driver.ID) (driver.Meta, error) {
	m, err := readMeta(id, a[min(ansMeta, len(a)):])
	if err != nil {
		return m, retry.Lost(err)
	}
	return m, nil
}

// value does the same with the i-th part, a value, which is missing if it is null.
func (a answer) value(i int) (driver.Value, error) {
	text := a.text(i)
	if text == "" {
		return driver.Value{}, nil
	}
	v, err := driver.ParseValue(text)
	if err != nil {
		return v, retry.Lost(driver.Corrupt(err.Error()))
	}
	return v, nil
}

// errResultLost: the update took effect, but what it returned was lost, and cannot be told from what is there now.
var errResultLost = fmt.Errorf("%w: what the update returned was lost", driver.ErrUnknownOutcome)

// result reads the answer to an update that was applied.
func (o *operation) result(a answer) (driver.Result, error) {
	if a.status() == "last" && o.update.Takes() { // what it has taken is gone
		return driver.Result{}, errResultLost
	}
	meta, err := a.meta(o.key.ID)
	if err != nil {
		return driver.Result{}, err
	}
	next, r := ansFields, driver.Result{Meta: meta}
	fields := make([]driver.Field, 0, len(o.names))
	for i, name := range o.names {
		v := o.sets[i]
		if o.kinds[i] == kindChanged {
			if v, err = a.value(next); err != nil {
				return driver.Result{}, err
			}
			next++
		}
		if v.Exists() {
			fields = append(fields, driver.Field{Name: name, Value: v})
		}
	}
	for _, op := range o.stepOps {
		if _, ok := op.(driver.Take); ok {
			v, err := a.value(next)
			if err != nil {
				return driver.Result{}, err
			}
			r.Taken = append(r.Taken, v)
			next++
		}
	}
	r.Fields, err = driver.NewDoc(fields...)
	return r, err
}

// failure returns the error that an answer to an update that was not applied stands for.
func (o *operation) failure(a answer) error {
	switch a.status() {
	case "absent":
		return driver.ErrNotFound
	case "renewed":
		return driver.ErrRenewed
	case "replayed":
		return driver.ErrReplayed
	case "reauthenticate":
		return &driver.OpError{Op: "if", Err: driver.ErrReauthenticate}
	case "attrs":
		return errAttrs
	case "ops":
		return errOps
	case "sessions":
		return driver.ErrTooManySessions
	case "earlier":
		return errResultLost
	case "unknown":
		return fmt.Errorf("%w: the session is gone, or has changed too much to tell", driver.ErrUnknownOutcome)
	case "eval":
		return errEval
	case "changed":
		return retry.ErrChanged
	case "large":
		return fmt.Errorf("%w: session over the size limit", driver.ErrTooLarge)
	}
	conditions := len(o.update.If)
	step, err := strconv.Atoi(a.text(1))
	if err != nil || step < 1 || step > conditions+len(o.stepOps) {
		return errAnswer
	}
	if step <= conditions {
		return &driver.OpError{Op: "if", Path: slices.Collect(o.update.If[step-1].Paths())[0], Err: driver.ErrCondition}
	}
	op := o.stepOps[step-1-conditions]
	fail := &driver.OpError{Op: op.Name(), Path: op.Target()}
	switch kind := a.text(2); {
	case a.status() == "path":
		fail.Err = fmt.Errorf("%w: it leads through a value that is no object", driver.ErrPath)
	case a.status() == "overflow":
		fail.Err = fmt.Errorf("%w: outside the int64 range", driver.ErrOverflow)
	case kind == "no value":
		return driver.Corrupt("a field holds no value")
	default:
		fail.Err = fmt.Errorf("%w: the field is of kind %s", driver.ErrType, kind)
	}
	return fail
}
