package pgstore

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// errChanged: a touched field was not what it had been when it was read. Nothing was changed.
var errChanged = errors.New("pgstore: changed meanwhile")

// compareAndSet evaluates the update on the fields that it touches and writes them back if they are still the same, until they
// are. Other fields may change meanwhile.
func (s *Store) compareAndSet(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	p := retry.For(s.timeout)
	names := u.Touched()
	var res driver.Result
	err := s.turns.Contend(ctx, k.ID, &p, errChanged, func() error {
		old, err := s.readFields(ctx, now, k, names)
		if err != nil {
			return err
		}
		o, err := s.evaluate(ctx, now, k, u, names, old)
		if err != nil {
			return err
		}
		res, err = o.run(ctx)
		return err
	})
	if errors.Is(err, errChanged) {
		return driver.Result{}, p.Unchanged(ctx, retry.Refused(err))
	}
	return res, err
}

// readFields returns the texts of the fields, "" for those that do not exist.
func (s *Store) readFields(ctx context.Context, now time.Time, k driver.Key, names []string) (answer, error) {
	var current bool
	var texts []pgtype.Text
	err := s.read(ctx, func() error {
		return s.once(ctx, s.sql.read, append(guard(now, k), names), &current, &texts)
	})
	return answer(texts), refused(err, current)
}

// evaluate returns the operation that replaces the old texts by what the update makes of them.
func (s *Store) evaluate(ctx context.Context, now time.Time, k driver.Key, u *driver.Update, names []string, old answer) (*operation, error) {
	fields := make([]driver.Field, 0, len(names))
	for i, name := range names {
		v, err := old.value(i)
		if err != nil {
			return nil, err
		}
		if v.Exists() {
			fields = append(fields, driver.Field{Name: name, Value: v})
		}
	}
	before, err := driver.NewDoc(fields...)
	if err != nil {
		return nil, corrupt(err)
	}
	after, taken, err := driver.Eval(ctx, before, u, now)
	if err != nil {
		return nil, err
	}
	o := s.newOperation(now, k, u)
	o.taken = append([]driver.Value{}, taken...)
	for i, name := range names {
		o.step("same", o.field(name, kindRead), "", old.text(i))
		if v := after.Get(name); !driver.Identical(v, before.Get(name)) {
			o.set(name, v)
		} else {
			o.sets[i] = v
		}
	}
	return o, nil
}
