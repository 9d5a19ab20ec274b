package pgstore

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// compareAndSet evaluates the update on the fields that it touches and writes them back if they are still the same, else
// it does so once more with the session locked, so that others of no process come between; but not under a limit, where that lock comes after
// the one of the user. Other fields may change meanwhile.
func (s *Store) compareAndSet(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (res driver.Result, err error) {
	p, inVain := retry.For(s.timeout), false
	names := u.Touched()
	err = s.turns.Contend(ctx, k.ID, &p, func() (err error) {
		o := s.newOperation(now, k, u)
		read := append(guard(now, k), names)
		var a answer
		var result driver.Result
		if inVain && !u.LimitsSessions() {
			result, a, err = o.locked(ctx, read, names)
		} else if result, err = o.evaluate(ctx, names, func(dest ...any) (bool, error) { return s.read(ctx, s.sql.read, read, dest...) }); err == nil {
			a, err = o.run(ctx)
		}
		if err != nil {
			inVain = errors.Is(err, retry.ErrChanged)
			return err
		}
		res = result
		res.Meta, err = a.meta(k.ID)
		return err
	})
	return res, err
}

// evaluate makes the operation one that writes what the update comes to if nothing that it has read is another by then.
func (o *operation) evaluate(
	ctx context.Context, names []string, read func(dest ...any) (found bool, err error),
) (res driver.Result, err error) {
	var state string
	var authenticated pgtype.Int8
	var texts []string // empty for fields that do not exist
	found, err := read(&state, &authenticated, &texts)
	if err = refused(found, state, err); err != nil {
		return res, err
	}
	if err := o.update.CheckAuthenticated(optionalMilli(authenticated)); err != nil {
		return res, err
	}
	out, err := o.update.EvalTexts(ctx, o.now, texts)
	if err != nil {
		return res, err
	}
	for i, name := range names {
		o.step("same", o.field(name, kindRead), "", texts[i])
	}
	for _, f := range out.Changed {
		o.set(f.Name, f.Value)
	}
	return out.Result, nil
}

// locked does so, and runs the operation, in a transaction in which nobody comes between.
func (o *operation) locked(ctx context.Context, args []any, names []string) (res driver.Result, a answer, err error) {
	p, id, sent := retry.For(o.store.timeout), retry.OpID{}, false
	var failed error // though the server did what it was asked
	try := func(tx conn) error {
		*o = *o.store.newOperation(o.now, o.key, o.update)
		if _, err := tx.query(ctx, o.store.sql.lock, args[:1], nil, next); err != nil {
			return err
		}
		var err error
		res, failed = o.evaluate(ctx, names, func(dest ...any) (bool, error) {
			var n int64
			n, err = tx.query(ctx, o.store.sql.read, args, dest, next)
			return n > 0, err
		})
		if failed != nil {
			return err
		}
		id, sent = retry.NewOpID(nil), true
		for range 2 {
			call, args := o.call(id, false)
			if _, err = tx.query(ctx, call, args, []any{(*[]pgtype.Text)(&a)}, next); err != nil || a.status() != "late" {
				return err
			}
			id = a.later()
		}
		failed = retry.ErrChanged
		return nil
	}
	err = p.Once(ctx, func() error {
		sent = false // o is another one after a transaction that was refused
		return o.store.inTx(ctx, try)
	})
	switch unknown := errors.Is(err, driver.ErrUnknownOutcome); {
	case unknown && sent:
		a, err = o.settle(ctx, id, true)
	case unknown:
		err = retry.ErrChanged // for all that is known
	case err == nil:
		err = failed
	}
	if err == nil {
		a, err = o.applied(a)
	}
	return res, a, err
}
