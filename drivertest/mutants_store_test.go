package drivertest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// hesitate lets others in between two steps that should have been one.
func hesitate() { time.Sleep(time.Millisecond) }

// loadModifySave evaluates on a copy and writes the whole document back.
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
	for name := range rec.Data.All() {
		if !data.Get(name).Exists() {
			save.Ops = append(save.Ops, driver.Unset{Path: driver.Path(name)})
		}
	}
	for name, v := range data.All() {
		save.Ops = append(save.Ops, driver.Set{Path: driver.Path(name), Value: v})
	}
	res, err := s.Store.Update(ctx, now, k, &save)
	res.Fields, res.Taken = u.Written(data), taken
	return res, err
}

// upsert inserts what it does not find.
type upsert struct{ *memstore.Store }

func (s upsert) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if errors.Is(err, driver.ErrNotFound) {
		rec := driver.Record{Meta: driver.Meta{ID: k.ID, Created: now, LastUsed: now, Expires: now.Add(time.Hour)}}
		if err := s.Create(ctx, k.Verifier, rec); err != nil {
			return res, driver.ErrNotFound
		}
		return s.Store.Update(ctx, now, k, u)
	}
	return res, err
}

// revive loads first, and saves whether the record is still there or not.
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

// unguarded lets any secret in.
type unguarded struct {
	*memstore.Store
	mu      *sync.Mutex
	current map[driver.ID]driver.Verifier
}

func newUnguarded(s *memstore.Store) unguarded {
	return unguarded{s, new(sync.Mutex), map[driver.ID]driver.Verifier{}}
}

func (s unguarded) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	s.mu.Lock()
	s.current[r.ID] = v
	s.mu.Unlock()
	return s.Store.Create(ctx, v, r)
}

func (s unguarded) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	s.mu.Lock()
	if v, ok := s.current[k.ID]; ok {
		k.Verifier = v
	}
	s.mu.Unlock()
	return s.Store.Load(ctx, now, k)
}

// forgetful answers to the secret before a renewal as to any other.
type forgetful struct{ *memstore.Store }

func (s forgetful) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if errors.Is(err, driver.ErrRenewed) {
		err = driver.ErrNotFound
	}
	return res, err
}

// believing does not tell Delete by the wrong secret from Delete of what is not there.
type believing struct{ *memstore.Store }

func (s believing) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	err := s.Store.Delete(ctx, now, k)
	if _, loadErr := s.Load(ctx, now, k); errors.Is(err, driver.ErrRenewed) && !errors.Is(loadErr, driver.ErrRenewed) {
		return driver.ErrNotFound
	}
	return err
}

// oneAtATime gives up in the middle as if it had not begun.
type oneAtATime struct{ *memstore.Store }

func (s oneAtATime) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	for next = after; ctx.Err() == nil && n < limit; n++ {
		_, next, err = s.Store.DeleteMany(ctx, now, sel, next, 1)
		if next.IsZero() || err != nil {
			return n + 1, next, err
		}
	}
	return n, next, ctx.Err()
}

// immortal leaves the end of records to a sweep.
type immortal struct{ *memstore.Store }

func (s immortal) Load(ctx context.Context, _ time.Time, k driver.Key) (driver.Record, error) {
	return s.Store.Load(ctx, time.Time{}, k)
}

// oneByOne sends each operation by itself.
type oneByOne struct{ *memstore.Store }

func (s oneByOne) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	one := *u
	one.Ops = nil
	res, err := s.Store.Update(ctx, now, k, &one)
	var taken []driver.Value
	for _, op := range u.Ops {
		if err == nil {
			res, err = s.Store.Update(ctx, now, k, &driver.Update{Ops: []driver.Op{op}, Limits: u.Limits})
			taken = append(taken, res.Taken...)
		}
	}
	if err != nil {
		return driver.Result{}, err
	}
	rec, err := s.Load(ctx, now, k)
	return driver.Result{Meta: rec.Meta, Fields: u.Written(rec.Data), Taken: taken}, err
}

// peekThenTake answers with what it read before it removed.
type peekThenTake struct{ *memstore.Store }

func (s peekThenTake) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, err := s.Load(ctx, now, k)
	if err != nil {
		return driver.Result{}, err
	}
	hesitate()
	res, err := s.Store.Update(ctx, now, k, u)
	if err == nil {
		_, res.Taken, _ = driver.Eval(ctx, rec.Data, u, now)
	}
	return res, err
}

// caching keeps what it has once loaded.
type caching struct {
	*memstore.Store
	loaded sync.Map
}

func (s *caching) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	if rec, ok := s.loaded.Load(k); ok {
		return rec.(driver.Record), nil
	}
	rec, err := s.Store.Load(ctx, now, k)
	if err == nil {
		s.loaded.Store(k, rec)
	}
	return rec, err
}

// deaf looks at its context when all is done.
type deaf struct{ *memstore.Store }

func (s deaf) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(context.WithoutCancel(ctx), now, k, u)
	if ctx.Err() != nil {
		return driver.Result{}, ctx.Err()
	}
	return res, err
}

// talkative means to help.
type talkative struct{ *memstore.Store }

func (s talkative) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if err != nil {
		text, _ := json.Marshal(u.Ops)
		err = fmt.Errorf("%w: %s", err, text)
	}
	return res, err
}

// listThenDelete reads the user's list, and deletes in a second step what it has read if nothing happened to it since.
type listThenDelete struct{ *memstore.Store }

func (s listThenDelete) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	before, err := s.List(ctx, now, sel.User, after, limit)
	if err != nil {
		return 0, next, err
	}
	hesitate()
	again, err := s.List(ctx, now, sel.User, after, limit)
	for _, m := range again {
		same := func(r driver.Record) bool { return r.Meta == m.Meta }
		if m.ID != sel.Except && slices.ContainsFunc(before, same) && s.Delete(ctx, now, driver.UserKey(m.ID, sel.User)) == nil {
			n++
		}
		next = m.ID
	}
	if len(again) < limit {
		next = driver.ID{}
	}
	return n, next, err
}

// findThenSweep decides which records have expired before the step that removes them.
type findThenSweep struct {
	*memstore.Store
	mu   sync.Mutex
	keys map[driver.Key]time.Time
}

func (s *findThenSweep) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = map[driver.Key]time.Time{}
	}
	s.keys[driver.Key{ID: r.ID, Verifier: v}] = r.Created
	return s.Store.Create(ctx, v, r)
}

func (s *findThenSweep) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	s.mu.Lock()
	keys := maps.Clone(s.keys)
	s.mu.Unlock()
	var expired []driver.Key
	for k, created := range keys {
		if rec, err := s.Load(ctx, created, k); err == nil && !rec.Expires.After(now) && len(expired) < limit {
			expired = append(expired, k)
		}
	}
	hesitate()
	n := 0
	for _, k := range expired {
		if s.Delete(ctx, keys[k], k) == nil {
			n++
		}
	}
	return n, nil
}
