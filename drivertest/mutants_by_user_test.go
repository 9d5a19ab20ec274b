package drivertest_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// theirs finds the key of a record for whoever asks by a user.
type theirs struct {
	*memstore.Store
	open func(s *memstore.Store, k driver.Key, owner func() string) driver.Key
}

func (s theirs) key(ctx context.Context, now time.Time, k driver.Key) driver.Key {
	if !k.ByUser {
		return k
	}
	return s.open(s.Store, k, func() string { return ownerOf(ctx, s.Store, now, k.ID) })
}

// ownerOf returns whose the session with an ID is.
func ownerOf(ctx context.Context, s *memstore.Store, now time.Time, id driver.ID) string {
	list, _ := s.List(ctx, now, "", driver.ID{}, 10_000)
	for _, r := range list {
		if r.ID == id {
			return r.User
		}
	}
	return ""
}

func (s theirs) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	return s.Store.Load(ctx, now, s.key(ctx, now, k))
}

func (s theirs) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	return s.Store.Update(ctx, now, s.key(ctx, now, k), u)
}

func (s theirs) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	return s.Store.Delete(ctx, now, s.key(ctx, now, k))
}

// anyonesKey asks for no user either.
func anyonesKey(_ *memstore.Store, k driver.Key, owner func() string) driver.Key {
	return driver.UserKey(k.ID, owner())
}

// anyoneIfNobody takes the user "" for "any".
func anyoneIfNobody(_ *memstore.Store, k driver.Key, owner func() string) driver.Key {
	if k.User == "" {
		return driver.UserKey(k.ID, owner())
	}
	return k
}

// formerUser lets in whose it was when it was asked for that before.
func formerUser() func(*memstore.Store, driver.Key, func() string) driver.Key {
	var seen sync.Map
	return func(_ *memstore.Store, k driver.Key, owner func() string) driver.Key {
		now := driver.UserKey(k.ID, owner())
		seen.Store(now, true)
		if _, ok := seen.Load(driver.UserKey(k.ID, k.User)); ok {
			return now
		}
		return k
	}
}

// looksWhose looks whose it is, and then acts on it whosever it is.
type looksWhose struct{ theirs }

func (s looksWhose) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if _, err := s.Store.Load(ctx, now, k); err != nil {
		return driver.Result{}, err
	}
	hesitate()
	return s.theirs.Update(ctx, now, k, u)
}

// byVerifier finds out the verifier first, and asks for that.
type byVerifier struct {
	*memstore.Store
	mu  *sync.Mutex
	now map[driver.ID]driver.Verifier
}

func newByVerifier(s *memstore.Store) byVerifier {
	return byVerifier{s, new(sync.Mutex), map[driver.ID]driver.Verifier{}}
}

func (s byVerifier) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now[r.ID] = v
	return s.Store.Create(ctx, v, r)
}

func (s byVerifier) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if k.ByUser {
		if _, err := s.Load(ctx, now, k); err != nil {
			return driver.Result{}, err
		}
		s.mu.Lock()
		k = driver.Key{ID: k.ID, Verifier: s.now[k.ID]}
		s.mu.Unlock()
		hesitate()
		return s.Store.Update(ctx, now, k, u)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	res, err := s.Store.Update(ctx, now, k, u)
	if err == nil && u.Renew != nil {
		s.now[k.ID] = *u.Renew
	}
	return res, err
}

// tellsLater tells a replayed secret whose the session is at another moment.
type tellsLater struct{ *memstore.Store }

func (s tellsLater) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	rec, err := s.Store.Load(ctx, now, k)
	if errors.Is(err, driver.ErrReplayed) {
		hesitate()
		rec.User = ownerOf(ctx, s.Store, now, k.ID)
	}
	return rec, err
}

// neverReplayed forgets who replays once the session was used again.
type neverReplayed struct {
	*memstore.Store
	used *sync.Map
}

func (s neverReplayed) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if err == nil {
		s.used.Store(k.ID, u.Renew == nil)
	}
	return res, err
}

func (s neverReplayed) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	rec, err := s.Store.Load(ctx, now, k)
	if used, _ := s.used.Load(k.ID); errors.Is(err, driver.ErrReplayed) && used == true {
		return driver.Record{}, driver.ErrNotFound
	}
	return rec, err
}

// forgetsBefore takes the verifier of the key for the one that a renewal replaces, also where the key has none.
type forgetsBefore struct {
	*memstore.Store
	renewed *sync.Map
}

func (s forgetsBefore) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if err == nil && u.Renew != nil {
		s.renewed.Store(k.ID, k.ByUser)
	}
	return res, err
}

func (s forgetsBefore) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	rec, err := s.Store.Load(ctx, now, k)
	if byUser, _ := s.renewed.Load(k.ID); byUser == true && err != nil {
		return driver.Record{}, driver.ErrNotFound
	}
	return rec, err
}

// neverForgets tells whose it is to every secret that a session ever had.
type neverForgets struct {
	*memstore.Store
	replaced *sync.Map
}

func (s neverForgets) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	res, err := s.Store.Update(ctx, now, k, u)
	if err == nil && u.Renew != nil {
		s.replaced.Store(k, res.User)
	}
	return res, err
}

func (s neverForgets) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	rec, err := s.Store.Load(ctx, now, k)
	user, ok := s.replaced.Load(k)
	if ok && errors.Is(err, driver.ErrNotFound) && !errors.Is(err, driver.ErrRenewed) && !errors.Is(err, driver.ErrReplayed) {
		return driver.Record{Meta: driver.Meta{ID: k.ID, User: user.(string)}}, driver.ErrReplayed
	}
	return rec, err
}
