package mysqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// compareAndSet evaluates the update on what it touches, and writes what that comes to if nothing of the session has changed. If something
// has, it does so once more with the session locked.
func (o *operation) compareAndSet(ctx context.Context) (driver.Result, error) {
	var r row
	texts := make(map[string]string)
	found := false
	query := o.read(o.store.sql.read)
	err := o.store.readAll(ctx, query, func() { clear(texts); r, found = row{}, false }, func(rows *sql.Rows) (bool, error) {
		found = true
		err := r.scanInto(rows, texts)
		return r.isCurrent, err
	})
	switch {
	case err != nil:
		return driver.Result{}, err
	case !found:
		return driver.Result{}, driver.ErrNotFound
	case len(r.ops)%opLen != 0:
		return driver.Result{}, errOps
	}
	w, err := o.evaluate(ctx, &r, texts)
	if errors.Is(err, errMayBeLarge) {
		return o.inTx(ctx, retry.NewOpID(r.floor), false)
	} else if err != nil {
		return driver.Result{}, err
	}
	o.steps, o.told, o.known = steps{}, nil, &w.result
	for _, f := range w.changed {
		o.set(f.Name, f.Value)
	}
	o.steps.added = int(w.bytes - r.bytes)
	var attrs any
	if len(o.update.Attrs) > 0 {
		attrs = w.record.Attrs.Text()
	}
	a, err := o.run(ctx, retry.NewOpID(r.floor), r.ops, attrs)
	switch {
	case err == nil && a.is("ok"):
		return w.result, nil
	case err != nil && !errors.Is(err, errInstead):
		return driver.Result{}, err
	case err != nil:
		return o.inTx(ctx, o.id, o.repeated)
	}
	leave, err := o.store.turns.Take(ctx, o.key.ID)
	if err != nil {
		return driver.Result{}, o.patience.Unchanged(ctx, retry.Refused(retry.ErrChanged))
	}
	defer leave()
	return o.inTx(ctx, retry.NewOpID(nil), false)
}

// read returns the statement that reads the session and what the update touches.
func (o *operation) read(q query) string {
	fits, previous := key(o.key)
	return q.with(fits, previous, named(o.update.Touched()), o.key.ID[:])
}

// scanInto scans a row, and puts the text of the field beside it into texts.
func (r *row) scanInto(rows *sql.Rows, texts map[string]string) error {
	name, text, err := r.scan(rows)
	if name != nil {
		texts[string(name)] = string(text)
	}
	return err
}

// errMayBeLarge: the session would be too large if it were as large as its row says, which it need not be.
var errMayBeLarge = errors.New("mysqlstore: to be counted")

// written is what an update comes to.
type written struct {
	result  driver.Result
	changed []driver.Field
	before  driver.Record // without the documents, like the next
	record  driver.Record
	bytes   int64
}

// evaluate returns what the update makes of the session.
func (o *operation) evaluate(ctx context.Context, r *row, texts map[string]string) (w written, err error) {
	if err := r.guard(o.now); err != nil {
		return w, err
	}
	if w.before, err = r.record(); err != nil {
		return w, err
	}
	if err := o.update.CheckAuthenticated(w.before.Authenticated); err != nil {
		return w, err
	}
	touched := o.update.Touched()
	list := make([]string, len(touched))
	for i, name := range touched {
		text, there := texts[name]
		if list[i] = text; there && text == "" {
			return w, driver.Corrupt("a field holds no value")
		}
	}
	out, err := o.update.EvalTexts(ctx, o.now, list)
	if err != nil {
		return w, err
	}
	w.bytes = r.bytes + int64(out.Growth)
	if err := o.update.Limits.CheckGrowth(int(r.bytes), int(w.bytes)); err != nil {
		return w, fmt.Errorf("%w: %w", errMayBeLarge, err)
	}
	w.record = o.update.Record(w.before, o.now)
	w.result, w.changed = out.Result, out.Changed
	w.result.Meta = w.record.Meta
	return w, nil
}
