package atomicsession

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// oldCookies are those of a request that brings none of ours.
type oldCookies struct {
	credentials []string
	settled     bool // it is known what has become of the session
	forget      bool // the browser is to forget them
}

const (
	attrClaim = "claim" // of a record that is no session: "session" or "revoked"
	// claimSlack is how much longer a claim is kept than an old session can live, by clocks that differ. Where nobody knows how long that is, a
	// claim is kept for unknownLife.
	claimSlack  = time.Hour
	unknownLife = 10 * 365 * day
)

// never is when nobody can have signed in: a claim is none of the sessions that a revocation ends.
var never = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// derive returns what only this realm's servers can make of a text, for one purpose.
func (o *Import) derive(realm, purpose, text string) [sha256.Size]byte {
	h := hmac.New(sha256.New, o.Key)
	fmt.Fprintf(h, "atomicsession import\x00%s\x00%s\x00%s", realm, purpose, text)
	return [sha256.Size]byte(h.Sum(nil))
}

// claimKey returns the key of the record that says of a credential, or of a user, what is known.
func (m *Manager) claimKey(purpose, text string) driver.Key {
	id := m.opts.Import.derive(m.opts.Realm, purpose+" id", text)
	return driver.Key{ID: driver.ID(id[:]), Verifier: m.opts.Import.derive(m.opts.Realm, purpose+" verifier", text)}
}

// newClaim returns such a record.
func newClaim(key driver.Key, what, session string, now, until time.Time) driver.Record {
	data, _ := driver.NewDoc(driver.Field{Name: "session", Value: driver.StringValue(session)})
	return driver.Record{
		Meta: driver.Meta{
			ID: key.ID, Created: now, LastUsed: now, Expires: until, Lifetime: until.Sub(now), Deadline: until,
		},
		Authenticated: never, Attrs: driver.Attrs{attrClaim: what}, Data: data,
	}
}

// afterOld returns f after settleOld.
func (s *Session) afterOld(f func(context.Context, driver.Store) error) func(context.Context, driver.Store) error {
	return func(ctx context.Context, store driver.Store) error {
		if err := s.settleOld(ctx, store); err != nil {
			return err
		}
		return f(ctx, store)
	}
}

// settleOld finds out which session the old cookies of the request name, and imports it if nobody has. Without an error that is settled.
func (s *Session) settleOld(ctx context.Context, store driver.Store) error {
	if s.mayBegin() != nil { // the browser may hold a cookie of ours, or would not take one
		s.old.settled = true
		return nil
	}
	if err := s.tooLate(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.m.opts.StoreTimeout)
	defer cancel()
	for range 2 { // again if another request was faster
		claim, err := s.findClaim(ctx, store)
		if err != nil {
			return err
		}
		if claim != nil {
			return s.adopt(ctx, store, *claim)
		}
		faster, err := s.importOld(ctx, store)
		if err != nil || !faster {
			return err
		}
	}
	return fmt.Errorf("%w: the claim of an old session", ErrUnavailable)
}

// findClaim returns the claim of an old cookie, nil if there is none.
func (s *Session) findClaim(ctx context.Context, store driver.Store) (*driver.Record, error) {
	for _, credential := range s.old.credentials {
		r, err := store.Load(ctx, s.m.now(), s.m.claimKey("session", credential))
		if err == nil {
			return &r, nil
		}
		if !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	return nil, nil
}

// adopt has the request go on with the session that was imported, if the old cookie still names it.
func (s *Session) adopt(ctx context.Context, store driver.Store, claim driver.Record) error {
	now := s.m.now()
	if now.Sub(claim.Created) > driver.RenewalWindow {
		// A thief, a restored browser, or one that has not got the answer. The import may have been cut off before the old session ended.
		s.endOld(ctx)
		s.leaveOld()
		return nil
	}
	id, err := driver.ParseID(claim.Data.Get("session").Str())
	if err != nil {
		return driver.Corrupt("the claim of an old session")
	}
	t := s.oldToken(id)
	r, err := store.Load(ctx, now, t.key(s.scope()))
	switch {
	case errors.Is(err, ErrNotFound):
		s.token = t
		_ = s.lost(err)
		s.leaveOld()
		return nil
	case err != nil:
		return err
	}
	s.token = t
	s.learnAll(r)
	s.hand(s.m, now, s.m.opts.Cookie.NonPersistent || claim.Data.Get("nonPersistent").Bool())
	s.extended = now // it is no newer than that of the request that has imported it
	s.old.settled, s.old.forget = true, true
	return nil
}

// importOld makes the old session one of ours. It returns true if another request has been faster.
func (s *Session) importOld(ctx context.Context, store driver.Store) (faster bool, err error) {
	now := s.m.now()
	old, err := s.m.opts.Import.From.Load(ctx, s.old.credentials)
	switch {
	case errors.Is(err, ErrUnavailable) || ctx.Err() != nil:
		return false, fmt.Errorf("the old session: %w", errors.Join(err, ctx.Err()))
	case err != nil:
		s.unreadable(ctx, err)
		return false, nil
	case old == nil || !old.Deadline.IsZero() && !old.Deadline.After(now):
		s.leaveOld()
		return false, nil
	}
	r, err := s.oldRecord(ctx, *old, now)
	if err != nil {
		s.unreadable(ctx, err)
		return false, nil
	}
	if r.Data.Len() == 0 && r.User == "" {
		s.leaveOld()
		return false, nil
	}
	t := s.oldToken(newID())
	r.ID = t.id
	if err := store.Create(ctx, t.key(s.scope()).Verifier, r); err != nil {
		if errors.Is(err, ErrUnknownOutcome) {
			s.abandon(ctx, store, t)
		}
		return false, err
	}
	// Nobody can know of it yet. But a revocation that comes after this finds it.
	barred, err := s.m.isBarred(ctx, store, r.User)
	if err == nil && !barred {
		faster, err = s.claim(ctx, store, t, *old, now)
	}
	if (err != nil || barred || faster) && !errors.Is(err, ErrUnknownOutcome) { // else the claim may be on its way
		s.abandon(ctx, store, t)
	}
	if err != nil || faster {
		return faster, err
	}
	s.endOld(ctx)
	if barred {
		s.leaveOld()
		return false, nil
	}
	s.token = t
	s.learnAll(r)
	s.hand(s.m, now, s.m.opts.Cookie.NonPersistent || old.NonPersistent)
	s.old.settled, s.old.forget = true, true
	s.m.log().DebugContext(ctx, "session imported", "id", t.id)
	return false, nil
}

// claim stores that the old cookies have become a session, the first of which decides. It returns true if another request has been faster.
func (s *Session) claim(ctx context.Context, store driver.Store, t token, old OldSession, now time.Time) (faster bool, err error) {
	until := now.Add(unknownLife)
	if !old.Deadline.IsZero() {
		until = old.Deadline.UTC().Truncate(resolution)
	}
	until = until.Add(claimSlack)
	for _, credential := range s.old.credentials {
		key := s.m.claimKey("session", credential)
		r := newClaim(key, "session", t.id.String(), now, until)
		r.Data = r.Data.WithAll(driver.Field{Name: "nonPersistent", Value: driver.BoolValue(old.NonPersistent)})
		err = store.Create(ctx, key.Verifier, r)
		if errors.Is(err, ErrUnknownOutcome) && ctx.Err() == nil {
			unknown := err
			if r, err = store.Load(ctx, now, key); err != nil {
				return false, unknown
			}
			if r.Data.Get("session").Str() != t.id.String() {
				return true, nil
			}
		}
		if errors.Is(err, driver.ErrExists) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
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

// oldToken returns the token of an imported session as long as no sign-in has replaced its secret.
func (s *Session) oldToken(id driver.ID) token {
	return token{id: id, secret: s.m.opts.Import.derive(s.m.opts.Realm, "secret "+id.String(), s.old.credentials[0])}
}

// unreadable leaves the old session as it is, for a program that can read it.
func (s *Session) unreadable(ctx context.Context, err error) {
	s.m.log().ErrorContext(ctx, "an old session cannot be imported: its visitor is anonymous", "error", err)
	s.old.settled = true
}

// leaveOld settles that the old cookies name no session.
func (s *Session) leaveOld() { s.old.settled, s.old.forget = true, true }

// endOld ends the old session where it was kept. That it could not be done is no reason to fail: it names none here any more.
func (s *Session) endOld(ctx context.Context) {
	if err := s.m.opts.Import.From.End(ctx, s.old.credentials); err != nil {
		s.m.tell(ctx, wrapErr("end of an old session", err), ID{})
	}
}

// forgetOld has the browser forget the old cookies.
func (s *Session) forgetOld(h http.Header) {
	for _, c := range s.m.opts.Import.From.Cookies() {
		gone := *c
		gone.Value, gone.MaxAge, gone.Expires = "", -1, time.Time{}
		h.Add("Set-Cookie", gone.String())
	}
}

// bar has the old sessions of a user, "" for everybody, refused that are still to be imported.
func (m *Manager) bar(ctx context.Context, store driver.Store, user string) error {
	key, now := m.claimKey("revoked", user), m.now()
	err := store.Create(ctx, key.Verifier, newClaim(key, "revoked", "", now, now.Add(unknownLife)))
	if errors.Is(err, driver.ErrExists) {
		return nil
	}
	return err
}

// isBarred reports whether the sessions of a user have been revoked, or those of everybody.
func (m *Manager) isBarred(ctx context.Context, store driver.Store, user string) (bool, error) {
	for _, whose := range []string{"", user} {
		_, err := store.Load(ctx, m.now(), m.claimKey("revoked", whose))
		if err == nil || !errors.Is(err, ErrNotFound) {
			return err == nil, err
		}
		if user == "" {
			break
		}
	}
	return false, nil
}
