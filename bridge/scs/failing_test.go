package scsbridge_test

import (
	"context"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// failing is a store in which the next call of a method meets what the test says.
type failing struct {
	*memstore.Store
	faults
}

// faults are what the next call of each method meets.
type faults struct {
	mu   sync.Mutex
	next map[string]func(call func() error) error
}

func (s *faults) meet(method string, f func(call func() error) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = make(map[string]func(func() error) error)
	}
	s.next[method] = f
}

// fail has the next call do nothing but return err.
func (s *faults) fail(method string, err error) { s.failAfter(method, err, false) }

// failAfter has the next call return err, and take effect or not.
func (s *faults) failAfter(method string, err error, effect bool) {
	s.meet(method, func(call func() error) error {
		if effect {
			if err := call(); err != nil {
				return err
			}
		}
		return err
	})
}

// do has f done before the next call.
func (s *faults) do(method string, f func()) {
	s.meet(method, func(call func() error) error {
		f()
		return call()
	})
}

// after has f done after the next call.
func (s *faults) after(method string, f func()) {
	s.meet(method, func(call func() error) error {
		err := call()
		f()
		return err
	})
}

func (s *faults) run(method string, call func() error) error {
	s.mu.Lock()
	f := s.next[method]
	delete(s.next, method)
	s.mu.Unlock()
	if f == nil {
		return call()
	}
	return f(call)
}

func (s *failing) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	return s.run("create", func() error { return s.Store.Create(ctx, v, r) })
}

func (s *failing) Load(ctx context.Context, now time.Time, k driver.Key) (r driver.Record, err error) {
	err = s.run("load", func() (err error) { r, err = s.Store.Load(ctx, now, k); return err })
	return r, err
}

func (s *failing) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (r driver.Result, err error) {
	err = s.run("update", func() (err error) { r, err = s.Store.Update(ctx, now, k, u); return err })
	return r, err
}

func (s *failing) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	return s.run("delete", func() error { return s.Store.Delete(ctx, now, k) })
}

func (s *failing) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) (all []driver.Record, err error) {
	err = s.run("list", func() (err error) { all, err = s.Store.List(ctx, now, user, after, limit); return err })
	return all, err
}
