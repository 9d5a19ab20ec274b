package atomicsession

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// trial is how long a session lives at most that is not claimed: of many made at once all but one are removed, but a server may be killed.
const trial = time.Minute

// onTrial returns the record as it is until it is claimed. Its attribute says what its deadline is then.
func onTrial(r driver.Record, now time.Time) driver.Record {
	r.Attrs = r.Attrs.With(driver.Attrs{attrTrial: cmp.Or(r.Deadline, now.AddDate(100, 0, 0)).Format(time.RFC3339Nano)})
	end := now.Add(trial)
	if r.Deadline.IsZero() || end.Before(r.Deadline) {
		r.Deadline = end
	}
	if r.Deadline.Before(r.Expires) {
		r.Expires = r.Deadline
	}
	return r
}

// keep has a session that is claimed live as long as the old one would have.
func (s *Session) keep(ctx context.Context, store driver.Store, t token, r driver.Record) (driver.Record, error) {
	text, ok := r.Attrs[attrTrial]
	if !ok {
		return r, nil
	}
	deadline, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return r, driver.Corrupt("the deadline of an imported session")
	}
	u := &driver.Update{MaxAge: min(s.m.opts.MaxAge, r.Lifetime), Deadline: deadline, Attrs: driver.Attrs{attrTrial: ""}}
	res, err := store.Update(ctx, s.m.now(), t.key(s.scope()), u)
	if err != nil {
		return r, err
	}
	r.Meta, r.Attrs = res.Meta, r.Attrs.With(u.Attrs)
	return r, nil
}

// oldRecord returns the session that an old one becomes, without an ID.
func (s *Session) oldRecord(ctx context.Context, old OldSession, now time.Time) (driver.Record, error) {
	im := s.m.opts.Import
	changes, err := im.changes(old)
	if err != nil {
		return driver.Record{}, err
	}
	u, err := s.m.newUpdate("import", changes)
	switch {
	case err != nil:
		return driver.Record{}, err
	case u.signsIn() || u.looks():
		return driver.Record{}, fmt.Errorf("%w: a condition or a part of a sign-in among the changes of Import", ErrValue)
	}
	if im.User != nil {
		if user := im.User(old); user != "" {
			if err := checkUser(user); err != nil {
				return driver.Record{}, err
			}
			u.User = &user
		}
	}
	data, _, err := s.evaluate(ctx, u, driver.Doc{})
	if err != nil {
		return driver.Record{}, err
	}
	u.MaxAge = s.m.opts.MaxAge
	s.m.limit(u, now)
	s.signIn(u, now)
	u.Authenticated = time.Time{} // it is not known when
	if u.binds() && old.Created.IsZero() {
		u.Authenticated = unknownSignIn
	}
	if old.MaxAge > 0 {
		u.Lifetime = min(u.Lifetime, max(old.MaxAge.Truncate(resolution), resolution))
	}
	if deadline := old.Deadline.UTC().Truncate(resolution); !old.Deadline.IsZero() && (u.Deadline.IsZero() || deadline.Before(u.Deadline)) {
		u.Deadline = deadline
	}
	r := u.Record(driver.Record{Meta: driver.Meta{Created: now}, Data: data}, now)
	if created := old.Created.UTC().Truncate(resolution); !old.Created.IsZero() && created.Before(now) {
		r.Created = created
	}
	return r, nil
}
