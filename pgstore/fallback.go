package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// compareAndSet evaluates the update on the fields that it touches and writes them back if they are still the same, until they
// are. Other fields may change meanwhile.
func (s *Store) compareAndSet(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (res driver.Result, err error) {
	p := retry.For(s.timeout)
	names := u.Touched()
	err = s.turns.Contend(ctx, k.ID, &p, func() error {
		var state string
		var authenticated pgtype.Int8
		var texts []string // empty for fields that do not exist
		found, err := s.read(ctx, s.sql.read, append(guard(now, k), names), &state, &authenticated, &texts)
		if err = refused(found, state, err); err != nil {
			return err
		}
		if err := u.CheckAuthenticated(optionalMilli(authenticated)); err != nil {
			return err
		}
		out, err := u.EvalTexts(ctx, now, texts)
		if err != nil {
			return err
		}
		o := s.newOperation(now, k, u)
		for i, name := range names {
			o.step("same", o.field(name, kindRead), "", texts[i])
		}
		for _, f := range out.Changed {
			o.set(f.Name, f.Value)
		}
		a, err := o.run(ctx)
		if err != nil {
			return err
		}
		res = out.Result
		res.Meta, err = a.meta(k.ID)
		return err
	})
	return res, err
}
