package mysqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// inTx applies the update under the ID in a transaction, once or until it is known what became of it. repeated says that it may have been
// applied under the ID.
func (o *operation) inTx(ctx context.Context, id retry.OpID, repeated bool) (res driver.Result, err error) {
	o.id, o.repeated = id, repeated
	var failed error // though the server did what it was asked
	err = o.patience.Repeat(ctx, func() error {
		err := o.store.inTx(ctx, func(tx *conn) (err error) {
			res, failed, err = o.apply(ctx, tx)
			return err
		})
		if errors.Is(err, driver.ErrUnknownOutcome) {
			o.repeated = true
			if left := res; failed == nil && !o.called {
				o.known = &left
			}
		}
		return err
	})
	switch {
	case err != nil && o.repeated:
		return driver.Result{}, o.patience.Lost(ctx, err)
	case err != nil:
		return driver.Result{}, err
	case failed != nil:
		return driver.Result{}, failed
	}
	return res, nil
}

// apply applies the update in a transaction. failed is the error of an update that is not applied, or whose result is lost.
func (o *operation) apply(ctx context.Context, tx *conn) (res driver.Result, failed, err error) {
	s := o.store
	if o.update.LimitsSessions() {
		if err := s.takeTurn(ctx, tx, *o.update.User); err != nil {
			return res, nil, err
		}
	}
	var r row
	texts, found := make(map[string]string), false
	err = tx.each(ctx, o.read(s.sql.lock), func(rows *sql.Rows) error {
		found = true
		return r.scanInto(rows, texts)
	})
	switch {
	case err != nil:
		return res, nil, err
	case !found && o.repeated, len(r.ops)%opLen != 0 && o.repeated:
		return res, errUnknown, nil
	case !found:
		return res, driver.ErrNotFound, nil
	case len(r.ops)%opLen != 0:
		return res, errOps, nil
	}
	if at := find(r.ops, o.id); at >= 0 {
		if r.ops[at+mark] == 0 {
			res, failed := o.applied(&r, texts, at+opLen == len(r.ops))
			return res, failed, nil
		}
		// By a repeated try whose answer was lost: none under this ID can be applied any more.
		o.id, o.repeated, o.called, o.known = retry.NewOpID(r.floor), false, false, nil
	} else if string(o.id[:]) <= string(r.floor) {
		if o.repeated {
			return res, errUnknown, nil
		}
		o.id = retry.NewOpID(r.floor)
	}
	w, failed := o.evaluate(ctx, &r, texts)
	if errors.Is(failed, errMayBeLarge) {
		err := tx.each(ctx, s.sql.size.with(o.key.ID[:]), func(rows *sql.Rows) error { return rows.Scan(&r.bytes) })
		if err != nil {
			return res, nil, err
		}
		if w, failed = o.evaluate(ctx, &r, texts); errors.Is(failed, errMayBeLarge) {
			failed = o.update.Limits.CheckGrowth(int(r.bytes), int(w.bytes))
		}
	}
	if failed == nil && o.update.LimitsSessions() {
		if failed, err = o.makeRoom(ctx, tx, w.record); err != nil {
			return res, nil, err
		}
	}
	switch {
	case failed != nil && !o.repeated:
		return res, failed, nil
	case failed != nil:
		id := o.id
		id[mark] = 1
		return res, failed, o.write(ctx, tx, &r, id, nil)
	}
	if err := o.write(ctx, tx, &r, o.id, &w); err != nil {
		return res, nil, err
	}
	return w.result, nil, nil
}

// errUnknown: nobody can tell any more what became of an earlier try.
var errUnknown = fmt.Errorf("%w: the session is gone, or has changed too much to tell", driver.ErrUnknownOutcome)

// applied returns what an earlier try has left, which was applied. It is known, or what is there now if no other has come after it, but for
// what it has taken.
func (o *operation) applied(r *row, texts map[string]string, last bool) (res driver.Result, err error) {
	switch {
	case o.known != nil:
		return *o.known, nil
	case !last, o.update.Takes():
		return res, errResultLost
	}
	var names, values []string
	for _, name := range o.update.WrittenNames() {
		if text, there := texts[name]; there {
			names, values = append(names, name), append(values, text)
		}
	}
	res.Meta = r.meta.read(o.key.ID)
	if res.Fields, err = driver.ParseFields(names, values); err == nil {
		res.Fields, err = res.Fields.Parse()
	}
	if err != nil {
		return driver.Result{}, retry.Lost(err)
	}
	return res, nil
}

// write has the session remember the ID, and writes what the update comes to unless w is nil.
func (o *operation) write(ctx context.Context, tx *conn, r *row, id retry.OpID, w *written) error {
	ops, floor := remember(r.ops, r.floor, id)
	var set assignments
	set.add("ops", ops)
	set.add("floor", floor)
	if w != nil {
		if err := o.writeFields(ctx, tx, w.changed); err != nil {
			return err
		}
		o.setMeta(&set, w)
	}
	return tx.exec(ctx, o.store.sql.updateSession.with(code(set), o.key.ID[:]))
}

func (o *operation) writeFields(ctx context.Context, tx *conn, changed []driver.Field) error {
	gone := slices.Collect(func(yield func(string) bool) {
		for _, f := range changed {
			if !f.Value.Exists() && !yield(f.Name) {
				return
			}
		}
	})
	if len(gone) > 0 {
		if err := tx.exec(ctx, o.store.sql.dropFields.with(o.key.ID[:], list(gone))); err != nil {
			return err
		}
	}
	put := slices.DeleteFunc(slices.Clone(changed), func(f driver.Field) bool { return !f.Value.Exists() })
	if len(put) == 0 {
		return nil
	}
	return tx.exec(ctx, o.store.sql.putFields.with(rows(o.key.ID, put)))
}

// assignments are those of an UPDATE.
type assignments []byte

func (a *assignments) add(column string, value any) {
	if len(*a) > 0 {
		*a = append(*a, ',')
	}
	*a = appendLiteral(append(append(*a, column...), '='), value)
}

// setMeta sets what an update changes beside the document.
func (o *operation) setMeta(set *assignments, w *written) {
	u, r := o.update, &w.record
	set.add("bytes", w.bytes)
	set.add("last_used", r.LastUsed.UnixMilli())
	set.add("expires", r.Expires.UnixMilli())
	set.add("expires_hour", hour(r.Expires))
	set.add("lifetime", r.Lifetime.Milliseconds())
	set.add("deadline", optionalTime(r.Deadline))
	set.add("username", optional(r.User, r.User != ""))
	set.add("authenticated", optionalTime(r.Authenticated))
	if len(u.Attrs) > 0 {
		set.add("attrs", optional(r.Attrs.Text(), len(r.Attrs) > 0))
	}
	if u.Renew != nil {
		set.add("previous", code("verifier")) // of before: it comes first
		set.add("verifier", u.Renew[:])
		set.add("renewed", o.now.UnixMilli())
		set.add("signed_in", code(strconv.FormatBool(u.SignsIn(w.before.Meta))))
	}
}
