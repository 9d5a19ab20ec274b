package redisstore

import (
	"context"
	"errors"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// errChanged: a touched field was not what it had been when it was read. Nothing was changed.
var errChanged = errors.New("redisstore: changed meanwhile")

// compareAndSet evaluates the update on the fields that it touches and writes them back if they are still the same, until they
// are. Other fields may change meanwhile.
func (s *Store) compareAndSet(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	p := retry.For(s.timeout)
	names := u.Touched()
	var res driver.Result
	err := s.turns.Contend(ctx, k.ID, &p, errChanged, func() error {
		old, err := s.readFields(ctx, &p, now, k, names)
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
	switch {
	case !errors.Is(err, errChanged):
		return res, err
	case ctx.Err() != nil:
		return driver.Result{}, retry.Ended(ctx, err)
	}
	return driver.Result{}, retry.Refused(err)
}

// readFields returns the texts of the fields, "" for those that do not exist.
func (s *Store) readFields(ctx context.Context, p *retry.Patience, now time.Time, k driver.Key, names []string) ([]string, error) {
	args := append([]string{timeText(now), verifierText(k.Verifier), ""}, names...)
	for {
		a, err := s.exec(ctx, p, readScript, s.sessionKey(k.ID), args)
		switch {
		case err != nil && retry.CanRepeat(err) && p.Again(ctx, err):
			continue
		case err != nil:
			return nil, p.Unchanged(ctx, err)
		case a.status() == "absent":
			return nil, driver.ErrNotFound
		case a.status() == "renewed":
			return nil, driver.ErrRenewed
		case a.status() == "corrupt":
			return nil, damaged(a.last())
		}
		texts := make([]string, len(names))
		for i := range names {
			texts[i] = a.text(readSkip + ansResults + i)
		}
		return texts, nil
	}
}

// evaluate returns the operation that replaces the old texts by what the update makes of them.
func (s *Store) evaluate(ctx context.Context, now time.Time, k driver.Key, u *driver.Update, names, old []string) (operation, error) {
	fields := make([]driver.Field, 0, len(names))
	for i, name := range names {
		v, err := parseText(old[i])
		if err != nil {
			return operation{}, corrupt(err)
		}
		if v.Exists() {
			fields = append(fields, driver.Field{Name: name, Value: v})
		}
	}
	before, err := driver.NewDoc(fields...)
	if err != nil {
		return operation{}, corrupt(err)
	}
	after, taken, err := driver.Eval(ctx, before, u, now)
	if err != nil {
		return operation{}, err
	}
	o := s.newOperation(now, k, u)
	for i, name := range names {
		o.args = append(o.args, "same", name, old[i])
	}
	for i, name := range names {
		switch text := textOf(after.Get(name)); {
		case text == old[i]:
		case text == "":
			o.args = append(o.args, "unset", name)
		default:
			o.args = append(o.args, "set", name, text)
		}
	}
	o.known = &driver.Result{Fields: u.Written(after), Taken: taken}
	return o, nil
}
