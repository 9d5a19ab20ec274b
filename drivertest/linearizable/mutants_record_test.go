package linearizable_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// overwriting removes what has the ID.
type overwriting struct{ *memstore.Store }

func (s overwriting) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	err := s.Store.Create(ctx, v, r)
	for _, user := range []string{"", r.User} {
		if errors.Is(err, driver.ErrExists) && s.Delete(ctx, r.Created, driver.UserKey(r.ID, user)) == nil {
			err = s.Store.Create(ctx, v, r)
		}
	}
	return err
}

// verifiers knows the verifier of each record.
type verifiers struct {
	*memstore.Store
	current *sync.Map
}

func newVerifiers(s *memstore.Store) verifiers { return verifiers{s, new(sync.Map)} }

func (s verifiers) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	err := s.Store.Create(ctx, v, r)
	if err == nil {
		s.current.Store(r.ID, v)
	}
	return err
}

func (s verifiers) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if err == nil && u.Renew != nil {
		s.current.Store(k.ID, *u.Renew)
	}
	return res, err
}

// of returns the key with the verifier of the record.
func (s verifiers) of(k driver.Key) driver.Key {
	if v, ok := s.current.Load(k.ID); ok {
		k.Verifier = v.(driver.Verifier)
	}
	return k
}

// unguarded takes what does not change the document for harmless.
type unguarded struct{ verifiers }

func (s unguarded) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if len(u.Ops) == 0 && u.Renew == nil && !k.ByUser {
		k = s.of(k)
	}
	return s.verifiers.Update(ctx, now, k, u)
}

// keepsOld lets in who was let in before the latest renewal.
type keepsOld struct{ verifiers }

func (s keepsOld) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	rec, err := s.verifiers.Load(ctx, now, k)
	if errors.Is(err, driver.ErrRenewed) {
		return s.verifiers.Load(ctx, now, s.of(k))
	}
	return rec, err
}

// loading loads single fields, in one look or in two.
type loading struct {
	*memstore.Store
	twice bool
}

func (s loading) LoadFields(ctx context.Context, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	rec, err := s.Load(ctx, now, k)
	if s.twice && err == nil {
		hesitate()
		if later, err := s.Load(ctx, now, k); err == nil {
			rec.Data = later.Data
		}
	}
	rec.Data = rec.Data.Only(names)
	return rec, err
}

// neverReplayed answers to the secret before the latest renewal what it answers to any other, once [driver.RenewalWindow] is over.
type neverReplayed struct{ *memstore.Store }

func (s neverReplayed) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	rec, err := s.Store.Load(ctx, now, k)
	if errors.Is(err, driver.ErrReplayed) {
		return driver.Record{}, driver.ErrNotFound
	}
	return rec, err
}

// believing does not tell Delete by another secret from Delete of what is not there.
type believing struct{ *memstore.Store }

func (s believing) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	if err := s.Store.Delete(ctx, now, k); err != nil {
		return driver.ErrNotFound
	}
	return nil
}

// The zero time, at which everything lives.
var always time.Time

// looksThenSweeps decides which records have expired before the step that removes them.
type looksThenSweeps struct{ *memstore.Store }

func (s looksThenSweeps) Sweep(ctx context.Context, now time.Time, limit int) (n int, err error) {
	records, err := s.List(ctx, always, "", driver.ID{0xff}, 100_000)
	for _, r := range slices.Backward(records) { // the latest first, lest all be spent on what nobody uses any more
		if r.Expires.After(now) || n == limit {
			continue
		}
		hesitate()
		if s.Delete(ctx, always, driver.UserKey(r.ID, r.User)) == nil {
			n++
		}
	}
	return n, err
}

// listsEnded removes from the list of a user one session later than it should.
type listsEnded struct {
	*memstore.Store
	mu    sync.Mutex
	ended driver.Record
}

func (s *listsEnded) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	rec, _ := s.Load(ctx, now, k)
	err := s.Store.Delete(ctx, now, k)
	if err == nil {
		rec.Data = driver.Doc{}
		s.mu.Lock()
		s.ended = rec
		s.mu.Unlock()
	}
	return err
}

func (s *listsEnded) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	list, err := s.Store.List(ctx, now, user, after, limit)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.ended
	i, found := slices.BinarySearchFunc(list, r.ID, func(r driver.Record, id driver.ID) int { return r.ID.Compare(id) })
	if user != "" && r.User == user && r.ID.Compare(after) > 0 && !found && len(list) < limit {
		list = slices.Insert(list, i, r)
	}
	return list, err
}

// listsThenDeletes ends the sessions that were in the selection a moment ago.
type listsThenDeletes struct{ *memstore.Store }

func (s listsThenDeletes) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	list, err := s.List(ctx, always, sel.User, after, limit)
	hesitate()
	for _, r := range list {
		if next = r.ID; r.ID == sel.Except || !sel.Before.IsZero() && !r.SignedIn().Before(sel.Before) {
			continue
		}
		for _, user := range []string{r.User, ""} {
			if s.Delete(ctx, always, driver.UserKey(r.ID, user)) == nil && r.Expires.After(now) {
				n++
			}
		}
	}
	if len(list) < limit {
		next = driver.ID{}
	}
	return n, next, err
}

// countsExpired counts all that it removes.
type countsExpired struct{ *memstore.Store }

func (s countsExpired) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	return s.Store.DeleteMany(ctx, always, sel, after, limit)
}

// endsSince does not look at when who is signed in has signed in.
type endsSince struct{ *memstore.Store }

func (s endsSince) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	sel.Before = time.Time{}
	return s.Store.DeleteMany(ctx, now, sel, after, limit)
}

// endsWithoutException ends the session that is to stay as well, if it is about everybody.
type endsWithoutException struct{ *memstore.Store }

func (s endsWithoutException) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	if sel.User == "" {
		sel.Except = driver.ID{}
	}
	return s.Store.DeleteMany(ctx, now, sel, after, limit)
}

// looksWhen asks whether a sign-in is recent enough before it updates.
type looksWhen struct{ *memstore.Store }

func (s looksWhen) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if u.AuthenticatedSince.IsZero() {
		return s.Store.Update(ctx, now, k, u)
	}
	rec, err := s.Load(ctx, now, k)
	if err == nil {
		err = u.CheckAuthenticated(rec.Authenticated)
	}
	if err != nil {
		return driver.Result{}, err
	}
	hesitate()
	bare := *u
	bare.AuthenticatedSince = time.Time{}
	return s.Store.Update(ctx, now, k, &bare)
}
