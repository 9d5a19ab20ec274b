package redisstore

import (
	"context"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// compareAndSet evaluates the update on the fields that it touches and writes them back if they are still the same, until they
// are. Other fields may change meanwhile.
func (s *Store) compareAndSet(
	ctx context.Context, p *retry.Patience, now time.Time, k driver.Key, u *driver.Update,
) (res driver.Result, err error) {
	names := u.Touched()
	asked := names
	if !u.AuthenticatedSince.IsZero() { // which comes before all else
		asked = append(slices.Clip(names), fieldAuthenticated)
	}
	err = s.turns.Contend(ctx, k.ID, p, func() error {
		old, err := s.readFields(ctx, p, now, k, asked)
		if err != nil {
			return err
		}
		if len(asked) > len(names) {
			at, err := parseAuthenticated(old[len(names)])
			if err == nil {
				err = u.CheckAuthenticated(at)
			}
			if err != nil {
				return err
			}
		}
		outcome, err := u.EvalTexts(ctx, now, old[:len(names)])
		if err != nil {
			return err
		}
		o := s.newOperation(now, k, u)
		for i, name := range names {
			o.args = append(o.args, "same", name, old[i])
		}
		for _, f := range outcome.Changed {
			if f.Value.Exists() {
				o.args = append(o.args, "set", f.Name, textOf(f.Value))
			} else {
				o.args = append(o.args, "unset", f.Name)
			}
		}
		o.known = &outcome.Result
		res, err = o.run(ctx, p)
		return err
	})
	return res, err
}

// readFields returns the texts of the fields, "" for those that do not exist.
func (s *Store) readFields(ctx context.Context, p *retry.Patience, now time.Time, k driver.Key, names []string) ([]string, error) {
	args := append([]string{timeText(now), keyText(k), ""}, names...)
	a, err := s.ask(ctx, p, k.ID, args)
	if err == nil {
		err = a.refusal()
	}
	if err == nil && len(a) != readSkip+ansResults+len(names) {
		err = errNUL
	}
	if err != nil {
		return nil, err
	}
	return a[readSkip+ansResults:], nil
}
