package drivertest_test

import (
	"context"
	"maps"
	"math"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// editing makes another update than the one that is asked for, of what it has seen before.
type editing struct {
	*memstore.Store
	edit func(rec driver.Record, k driver.Key, u *driver.Update)
}

func (s editing) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, err := s.Load(ctx, now, k)
	other := *u
	if err == nil {
		s.edit(rec, k, &other)
	}
	return s.Store.Update(ctx, now, k, &other)
}

// Of metadata and limits.

// oneLifetime has a lifetime once and for all.
func oneLifetime(_ driver.Record, _ driver.Key, u *driver.Update) { u.Lifetime = 0 }

// oneDeadline has a deadline once and for all.
func oneDeadline(_ driver.Record, _ driver.Key, u *driver.Update) { u.Deadline = time.Time{} }

// unlimited forgets to look at the size.
func unlimited(_ driver.Record, _ driver.Key, u *driver.Update) { u.Limits.Size = math.MaxInt }

// Of sign-in times.

// keepsProof keeps the time of the sign-in of whom the session no longer belongs to.
func keepsProof(rec driver.Record, _ driver.Key, u *driver.Update) {
	if u.User != nil && *u.User == "" && u.Authenticated.IsZero() {
		u.Authenticated = rec.Authenticated
	}
}

// everyUseIsProof takes a renewal for a sign-in.
func everyUseIsProof(rec driver.Record, _ driver.Key, u *driver.Update) {
	if u.Renew != nil && u.Authenticated.IsZero() && (u.User == nil || *u.User != "") {
		u.Authenticated = rec.LastUsed
	}
}

// inSeconds compares whole seconds.
func inSeconds(_ driver.Record, _ driver.Key, u *driver.Update) {
	u.AuthenticatedSince = u.AuthenticatedSince.Truncate(time.Second)
}

// strictly wants the sign-in to be later.
func strictly(_ driver.Record, _ driver.Key, u *driver.Update) {
	if !u.AuthenticatedSince.IsZero() {
		u.AuthenticatedSince = u.AuthenticatedSince.Add(time.Millisecond)
	}
}

// absentPasses lets pass who has never signed in, as a comparison with null may.
func absentPasses(rec driver.Record, _ driver.Key, u *driver.Update) {
	if rec.Authenticated.IsZero() {
		u.AuthenticatedSince = time.Time{}
	}
}

// sorts reports whether u has an operation that a store may work out itself.
func sorts(u *driver.Update) bool {
	for _, op := range u.Ops {
		if push, ok := op.(driver.Push); ok && len(push.Sort) > 0 {
			return true
		}
	}
	return false
}

// fallsBackUnasked forgets the sign-in where it works out an update itself.
func fallsBackUnasked(_ driver.Record, _ driver.Key, u *driver.Update) {
	if sorts(u) {
		u.AuthenticatedSince = time.Time{}
	}
}

// afterwards looks at the sign-in that the update itself brings.
func afterwards(_ driver.Record, _ driver.Key, u *driver.Update) {
	if !u.Authenticated.IsZero() && !u.Authenticated.Before(u.AuthenticatedSince) {
		u.AuthenticatedSince = time.Time{}
	}
}

// oneReason asks no more once it has asked for the sign-in.
func oneReason(_ driver.Record, _ driver.Key, u *driver.Update) {
	if !u.AuthenticatedSince.IsZero() {
		u.If = nil
	}
}

// looksFirst looks at the sign-in before the step that makes the update.
func looksFirst(rec driver.Record, _ driver.Key, u *driver.Update) {
	if u.CheckAuthenticated(rec.Authenticated) == nil {
		u.AuthenticatedSince = time.Time{}
		hesitate()
	}
}

// Of attributes.

// attrsWhole takes the attributes for all that there are to be.
func attrsWhole(rec driver.Record, _ driver.Key, u *driver.Update) {
	if len(u.Attrs) > 0 {
		u.Attrs = allOf(rec.Attrs, u.Attrs, "")
	}
}

// attrsRead writes those that it has read together with those that change.
func attrsRead(rec driver.Record, _ driver.Key, u *driver.Update) {
	if len(u.Attrs) > 0 {
		hesitate()
		u.Attrs = allOf(rec.Attrs, u.Attrs, "kept")
	}
}

// allOf returns the changes together with what stays; without kept, that is removed.
func allOf(before, changes driver.Attrs, kept string) driver.Attrs {
	all := driver.Attrs{}
	for name, text := range before {
		if all[name] = text; kept == "" {
			all[name] = ""
		}
	}
	maps.Copy(all, changes)
	return all
}

// attrsForGood removes none.
func attrsForGood(_ driver.Record, _ driver.Key, u *driver.Update) {
	u.Attrs = driver.Attrs{}.With(u.Attrs)
}

// attrsTrimmed keeps the beginning of a long text.
func attrsTrimmed(_ driver.Record, _ driver.Key, u *driver.Update) {
	own := driver.Attrs{}
	for name, text := range u.Attrs {
		if own[name] = text; len(text) > 255 {
			own[name] = text[:255]
		}
	}
	u.Attrs = own
}

// attrsTakeRoom counts them to the size of the document.
func attrsTakeRoom(rec driver.Record, _ driver.Key, u *driver.Update) {
	for name, text := range rec.Attrs {
		u.Limits.Size = max(1, u.Limits.WithDefaults().Size-len(name)-len(text))
	}
}

// attrsInside keeps attributes among the fields.
type attrsInside struct{ *memstore.Store }

func (s attrsInside) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	rec, err := s.Store.Load(ctx, now, k)
	for name := range rec.Attrs {
		if text := rec.Data.Get(name).Str(); text != "" {
			rec.Attrs[name] = text
		}
	}
	return rec, err
}

// attrsFirst sets them in a step before the update.
type attrsFirst struct{ *memstore.Store }

func (s attrsFirst) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if _, err := s.Store.Update(ctx, now, k, &driver.Update{Attrs: u.Attrs}); err != nil {
		return driver.Result{}, err
	}
	return s.Store.Update(ctx, now, k, u)
}

// attrsByColumn has a column for each name, of which one is taken.
func attrsByColumn(_ driver.Record, _ driver.Key, u *driver.Update) {
	u.Attrs = maps.Clone(u.Attrs)
	delete(u.Attrs, "user")
}

// Of keys by user.

// usedFromOutside takes what is done by a user's key for a use.
func usedFromOutside(_ driver.Record, k driver.Key, u *driver.Update) {
	if k.ByUser && u.MaxAge == 0 {
		u.MaxAge = 24 * time.Hour
	}
}

// renewsFromOutside replaces the verifier by nothing where none was asked for.
func renewsFromOutside(_ driver.Record, k driver.Key, u *driver.Update) {
	if k.ByUser && u.Renew == nil {
		u.Renew = new(k.Verifier)
	}
}
