package etcdstore

import (
	"context"
	"errors"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// get returns what is stored under the ID; nil if nothing is.
func (s *Store) get(ctx context.Context, id driver.ID) (*stored, error) {
	answer, err := s.read(ctx, clientv3.OpGet(s.key(id)))
	if err != nil || len(answer.Get().Kvs) == 0 {
		return nil, err
	}
	return decode(answer.Get().Kvs[0])
}

// Create implements [driver.Store].
func (s *Store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	p := retry.For(Patience)
	next := &stored{layoutV1: layoutV1{Verifier: v[:]}}
	next.set(r)
	op := next.newOp()
	next.remember(op)
	var t transaction
	if err := t.put(s, nil, next); err != nil {
		return err
	}
	err := p.Once(ctx, func() error { return s.commit(ctx, t) })
	if errors.Is(err, retry.ErrChanged) {
		return driver.ErrExists
	}
	if !errors.Is(err, driver.ErrUnknownOutcome) {
		return err
	}
	var there *stored
	looked := p.Read(ctx, func() (err error) { there, err = s.get(ctx, r.ID); return err })
	switch known, _ := there.recalls(op); {
	case known:
		return nil
	case looked == nil && there == nil && errors.Is(err, rpctypes.ErrNoSpace):
		return driver.ErrFull
	}
	return p.Lost(ctx, err)
}

// Load implements [driver.Store].
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	p := retry.For(Patience)
	var r *stored
	if err := p.Read(ctx, func() (err error) { r, err = s.get(ctx, k.ID); return err }); err != nil {
		return driver.Record{}, err
	}
	switch err := r.guard(now, k); {
	case err == nil, errors.Is(err, driver.ErrRenewed) && r.SignedIn:
		return r.record(), err
	case errors.Is(err, driver.ErrReplayed):
		return driver.Record{Meta: driver.Meta{ID: r.id, User: r.User}}, err
	default:
		return driver.Record{}, err
	}
}

// Update implements [driver.Store].
func (s *Store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	now = now.UTC().Truncate(time.Millisecond)
	var result driver.Result
	err := s.change(ctx, k.ID, func(old *stored) (a attempt, err error) {
		if err := old.guard(now, k); err != nil {
			return a, err
		}
		if err := u.CheckAuthenticated(old.record().Authenticated); err != nil {
			return a, err
		}
		doc, taken, err := driver.Eval(ctx, old.Data, u, now)
		if err != nil {
			return a, err
		}
		if err := u.Limits.CheckGrowth(old.Data.Size(), doc.Size()); err != nil {
			return a, err
		}
		next := *old
		r := u.Record(old.record(), now)
		r.Data = doc
		next.set(r)
		if u.Renew != nil {
			next.Verifier, next.Previous, next.Renewed, next.SignedIn = u.Renew[:], old.Verifier, now.UnixMilli(), u.SignsIn(old.record().Meta)
		}
		a.op = old.newOp()
		next.remember(a.op)
		if u.LimitsSessions() {
			if err := s.limit(ctx, now, u, next.record(), &a.transaction); err != nil {
				return a, err
			}
		}
		result = driver.Result{Meta: next.record().Meta, Fields: u.Written(doc), Taken: taken}
		return a, a.put(s, old, &next)
	})
	if err != nil {
		return driver.Result{}, err
	}
	return result, nil
}

// Delete implements [driver.Store].
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	return s.change(ctx, k.ID, func(old *stored) (a attempt, err error) {
		if err := old.guard(now, k); err != nil {
			if !k.ByUser && old.guard(now, driver.UserKey(k.ID, userOf(old))) == nil {
				return a, driver.ErrRenewed
			}
			return a, err
		}
		a.removes = true
		return a, a.put(s, old, nil)
	})
}

func userOf(r *stored) string {
	if r == nil {
		return ""
	}
	return r.User
}

// attempt is a transaction that may have been executed.
type attempt struct {
	transaction
	op       retry.OpID // of one that does not remove the record
	removes  bool
	revision int64 // of the record that it was worked out from
	err      error // why that it was executed is not known
}

// change replaces or removes a record by compare-and-swap: work returns what to do with the one that is there, or why not to. It is
// called again for each change of others that comes between, but not once its last attempt may have been executed or still may be.
func (s *Store) change(ctx context.Context, id driver.ID, work func(old *stored) (attempt, error)) error {
	p := retry.For(Patience)
	var lost *attempt // whose outcome is not known
	var end error     // the outcome will never be known
	try := func() error {
		old, err := s.get(ctx, id)
		if err != nil {
			return err
		}
		if lost != nil {
			known, forgot := old.recalls(lost.op)
			switch {
			case known, old == nil && lost.removes:
				lost = nil
				return nil
			case old == nil, forgot:
				end = lost.err
				return nil
			case errors.Is(lost.err, rpctypes.ErrNoSpace): // it was answered, so it is not under way
				lost = nil
				return driver.ErrFull
			case old.revision != lost.revision: // it comes too late, if ever
				lost = nil
			}
		}
		a := lost
		if a == nil {
			made, err := work(old)
			if err != nil {
				return err
			}
			made.revision = old.revision
			a = &made
		}
		err = s.commit(ctx, a.transaction)
		if errors.Is(err, driver.ErrUnknownOutcome) {
			lost, a.err = a, err
		} else if err == nil {
			lost = nil
		}
		return err
	}
	s.turns.GiveWay(ctx, id)
	err := s.turns.Contend(ctx, id, &p, func() error { return p.Repeat(ctx, try) })
	switch {
	case end != nil:
		return p.Lost(ctx, end)
	case err == nil:
		return nil
	case lost != nil:
		return p.Lost(ctx, err)
	case retry.CanRepeat(err), errors.Is(err, ctx.Err()):
		return p.Unchanged(ctx, err)
	}
	return err
}
