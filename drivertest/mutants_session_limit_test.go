package drivertest_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// limiting counts sessions in its own way, and binds in a second step.
type limiting struct {
	*memstore.Store
	mu    *sync.Mutex // nil: several may count at once
	first bool        // it ends others before it binds, else afterwards
	frees bool        // it takes them from the user instead
	see   func(l *driver.SessionLimit, list []driver.Record, own *driver.Record) []driver.Record
}

func (s limiting) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	own, err := s.Load(ctx, now, k)
	if err != nil || !u.LimitsSessions() {
		return s.Store.Update(ctx, now, k, u)
	}
	if s.mu != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	list, _ := s.List(ctx, time.Time{}, *u.User, driver.ID{}, 10_000) // with those that have expired
	own, limit := u.Record(own, now), u.SessionLimit
	live := func(r driver.Record) bool { return r.Expires.After(now) }
	if s.see != nil {
		list = s.see(&limit, list, &own)
	} else {
		list = slices.DeleteFunc(list, func(r driver.Record) bool { return !live(r) })
	}
	ended, err := limit.Excess(list, own)
	if err != nil {
		return driver.Result{}, err
	}
	if s.mu == nil {
		hesitate()
	}
	end := func() {
		for _, id := range ended {
			if s.frees {
				_, _ = s.Store.Update(ctx, now, driver.UserKey(id, *u.User), &driver.Update{User: new("")})
			}
			_ = s.Delete(ctx, now, driver.UserKey(id, *u.User)) // it may have ended
		}
	}
	if s.first {
		end()
	}
	without := *u
	without.SessionLimit = driver.SessionLimit{}
	res, err := s.Store.Update(ctx, now, k, &without)
	if err == nil {
		end()
	}
	return res, err
}

func newLimiting(s *memstore.Store, see func(*driver.SessionLimit, []driver.Record, *driver.Record) []driver.Record) limiting {
	return limiting{Store: s, mu: new(sync.Mutex), see: see}
}

// unexpired drops those that have expired by when own was made: good enough where nothing expires meanwhile.
func unexpired(list []driver.Record, own *driver.Record) []driver.Record {
	return slices.DeleteFunc(list, func(r driver.Record) bool { return !r.Expires.After(own.Created) })
}

// countsExpired counts who has expired.
func countsExpired(_ *driver.SessionLimit, list []driver.Record, _ *driver.Record) []driver.Record {
	return list
}

// countsExcept counts the session whose end follows.
func countsExcept(l *driver.SessionLimit, list []driver.Record, own *driver.Record) []driver.Record {
	l.Except = driver.ID{}
	return unexpired(list, own)
}

// countsCopies counts each copy.
func countsCopies(_ *driver.SessionLimit, list []driver.Record, own *driver.Record) []driver.Record {
	for i := range list {
		list[i].Attrs = nil
	}
	return unexpired(list, own)
}

// endsOldest ends those that were created first.
func endsOldest(_ *driver.SessionLimit, list []driver.Record, own *driver.Record) []driver.Record {
	for i := range list {
		list[i].LastUsed = list[i].Created
	}
	return unexpired(list, own)
}

// oneTooMany takes the most for what there may be before.
func oneTooMany(l *driver.SessionLimit, list []driver.Record, own *driver.Record) []driver.Record {
	l.Max++
	return unexpired(list, own)
}

// countsOwn counts the session itself, if it is the user's.
func countsOwn(_ *driver.SessionLimit, list []driver.Record, own *driver.Record) []driver.Record {
	own.ID = driver.ID{}
	return unexpired(list, own)
}

// bindsFirst binds, and then looks whether that was allowed.
type bindsFirst struct{ *memstore.Store }

func (s bindsFirst) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if errors.Is(err, driver.ErrTooManySessions) {
		without := *u
		without.SessionLimit, without.User = driver.SessionLimit{}, nil
		_, _ = s.Store.Update(ctx, now, k, &without)
	}
	return res, err
}

// fallsBackUnlimited forgets the limit where it works out an update itself.
func fallsBackUnlimited(_ driver.Record, _ driver.Key, u *driver.Update) {
	if sorts(u) {
		u.SessionLimit = driver.SessionLimit{}
	}
}

// limitsAlways looks at the limit although the update binds nobody.
func limitsAlways(rec driver.Record, _ driver.Key, u *driver.Update) {
	if u.SessionLimit.Max > 0 && u.User == nil && rec.User != "" {
		u.User = &rec.User
	}
}

// unable is a store that can neither count and bind in one step, nor find everybody's sessions.
type unable struct{ *memstore.Store }

func (s unable) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if u.LimitsSessions() {
		return driver.Result{}, errors.ErrUnsupported
	}
	return s.Store.Update(ctx, now, k, u)
}

func (s unable) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	if user == "" {
		return nil, cmp.Or(ctx.Err(), errors.ErrUnsupported)
	}
	return s.Store.List(ctx, now, user, after, limit)
}

func (s unable) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	if sel.User == "" {
		return 0, driver.ID{}, cmp.Or(ctx.Err(), errors.ErrUnsupported)
	}
	return s.Store.DeleteMany(ctx, now, sel, after, limit)
}

// unableTooLate says so when it has made the rest of the update.
type unableTooLate struct{ unable }

func (s unableTooLate) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.unable.Update(ctx, now, k, u)
	if errors.Is(err, errors.ErrUnsupported) {
		without := *u
		without.SessionLimit, without.User = driver.SessionLimit{}, nil
		_, _ = s.Store.Update(ctx, now, k, &without)
	}
	return res, err
}

// unableHalf lists nothing of everybody's, and ends it all the same.
type unableHalf struct{ unable }

func (s unableHalf) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	return s.Store.DeleteMany(ctx, now, sel, after, limit)
}
