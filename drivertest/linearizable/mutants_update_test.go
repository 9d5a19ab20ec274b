package linearizable_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// hesitate lets others in between two steps that should have been one.
func hesitate() { runtime.Gosched() }

// loadModifySave evaluates on a copy and writes the fields back.
type loadModifySave struct{ *memstore.Store }

func (s loadModifySave) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, err := s.Load(ctx, now, k)
	if err != nil {
		return driver.Result{}, err
	}
	data, taken, err := driver.Eval(ctx, rec.Data, u, now)
	if err != nil {
		return driver.Result{}, err
	}
	hesitate()
	save := *u
	save.If, save.Ops = nil, nil
	for _, name := range u.WrittenNames() {
		if v := data.Get(name); v.Exists() {
			save.Ops = append(save.Ops, driver.Set{Path: driver.Path(name), Value: v})
		} else {
			save.Ops = append(save.Ops, driver.Unset{Path: driver.Path(name)})
		}
	}
	res, err := s.Store.Update(ctx, now, k, &save)
	if err == nil {
		res.Taken = taken
	}
	return res, err
}

// twice takes one reply in 20 for lost, and does not know its own first try again.
type twice struct {
	*memstore.Store
	n atomic.Int64
}

func (s *twice) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if err == nil && u.Renew == nil && s.n.Add(1)%20 == 0 {
		return s.Store.Update(ctx, now, k, u)
	}
	return res, err
}

// late has a copy of one update in 20 on its way when it is answered.
type late struct {
	*memstore.Store
	n atomic.Int64
}

func (s *late) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if err == nil && s.n.Add(1)%20 == 0 {
		go func() { _, _ = s.Store.Update(context.WithoutCancel(ctx), now, k, u) }()
	}
	return res, err
}

// forgetful answers one update in 20 and does not do it.
type forgetful struct {
	*memstore.Store
	n atomic.Int64
}

func (s *forgetful) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, err := s.Load(ctx, now, k)
	if err != nil || s.n.Add(1)%20 > 0 {
		return s.Store.Update(ctx, now, k, u)
	}
	data, taken, err := driver.Eval(ctx, rec.Data, u, now)
	if err != nil {
		return driver.Result{}, err
	}
	return driver.Result{Meta: u.Meta(rec.Meta, now), Fields: u.Written(data), Taken: taken}, nil
}

// oneByOne sends each operation by itself.
type oneByOne struct{ *memstore.Store }

func (s oneByOne) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	first := *u
	first.Ops = u.Ops[:min(1, len(u.Ops))]
	res, err := s.Store.Update(ctx, now, k, &first)
	if u.Renew != nil {
		k.Verifier = *u.Renew
	}
	for i := 1; i < len(u.Ops) && err == nil; i++ {
		hesitate()
		next, failed := s.Store.Update(ctx, now, k, &driver.Update{Ops: u.Ops[i : i+1]})
		err = failed
		res.Fields = res.Fields.WithAll(fields(next.Fields)...)
		res.Taken = append(res.Taken, next.Taken...)
	}
	if err != nil {
		return driver.Result{}, err
	}
	return res, nil
}

func fields(d driver.Doc) (list []driver.Field) {
	for i := range d.Len() {
		list = append(list, d.At(i))
	}
	return list
}

// looksFirst asks whether the conditions hold, and then does without.
type looksFirst struct{ *memstore.Store }

func (s looksFirst) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if len(u.If) == 0 {
		return s.Store.Update(ctx, now, k, u)
	}
	rec, err := s.Load(ctx, now, k)
	if err != nil {
		return driver.Result{}, err
	}
	if _, _, err := driver.Eval(ctx, rec.Data, &driver.Update{If: u.If}, now); err != nil {
		return driver.Result{}, err
	}
	hesitate()
	bare := *u
	bare.If = nil
	return s.Store.Update(ctx, now, k, &bare)
}

// answersEarly answers with what the update would have made of what was there before.
type answersEarly struct{ *memstore.Store }

func (s answersEarly) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, _ := s.Load(ctx, now, k)
	hesitate()
	res, err := s.Store.Update(ctx, now, k, u)
	if data, _, failed := driver.Eval(ctx, rec.Data, u, now); err == nil && failed == nil {
		res.Fields = u.Written(data)
	}
	return res, err
}

// peeks answers with what it has read before it removed.
type peeks struct{ *memstore.Store }

func (s peeks) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, _ := s.Load(ctx, now, k)
	hesitate()
	res, err := s.Store.Update(ctx, now, k, u)
	if _, taken, failed := driver.Eval(ctx, rec.Data, u, now); err == nil && failed == nil {
		res.Taken = taken
	}
	return res, err
}

// takesOne leaves the second of two things that an update takes.
type takesOne struct{ *memstore.Store }

func (s takesOne) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if len(res.Taken) == 2 && res.Taken[1].Exists() {
		second := u.Ops[u.Order()[1]].Target()
		back := &driver.Update{Ops: []driver.Op{driver.Set{Path: second, Value: res.Taken[1]}}}
		_, err = s.Store.Update(ctx, now, driver.UserKey(k.ID, res.User), back)
	}
	return res, err
}

// takesUnconditionally returns what was taken only if there was no condition.
type takesUnconditionally struct{ *memstore.Store }

func (s takesUnconditionally) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if len(u.If) > 0 {
		res.Taken = make([]driver.Value, len(res.Taken))
	}
	return res, err
}

// upsert inserts what it does not find.
type upsert struct{ *memstore.Store }

func (s upsert) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if errors.Is(err, driver.ErrNotFound) && !k.ByUser {
		rec := driver.Record{Meta: driver.Meta{ID: k.ID, Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}}
		if s.Create(ctx, k.Verifier, rec) == nil {
			return s.Store.Update(ctx, now, k, u)
		}
	}
	return res, err
}

// revive saves what it has loaded whether it is still there or not.
type revive struct{ *memstore.Store }

func (s revive) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, err := s.Load(ctx, now, k)
	if err != nil {
		return driver.Result{}, err
	}
	hesitate()
	res, err := s.Store.Update(ctx, now, k, u)
	if errors.Is(err, driver.ErrNotFound) && s.Create(ctx, k.Verifier, rec) == nil {
		return s.Store.Update(ctx, now, k, u)
	}
	return res, err
}

// backwards lets the last use be what the latest update to arrive says.
type backwards struct{ *memstore.Store }

func (s backwards) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if u.MaxAge > 0 && err == nil {
		res.LastUsed = time.UnixMilli(now.UnixMilli()).UTC()
	}
	return res, err
}

// caching keeps what it has read until an update. What it reads while one is under way stays.
type caching struct {
	*memstore.Store
	loaded sync.Map
}

func (s *caching) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	if rec, ok := s.loaded.Load(k); ok {
		if r := rec.(driver.Record); r.Expires.After(now) {
			return r, nil
		}
	}
	rec, err := s.Store.Load(ctx, now, k)
	hesitate()
	if err == nil {
		s.loaded.Store(k, rec)
	}
	return rec, err
}

func (s *caching) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	s.loaded.Range(func(key, _ any) bool {
		if key.(driver.Key).ID == k.ID {
			s.loaded.Delete(key)
		}
		return true
	})
	return s.Store.Update(ctx, now, k, u)
}
