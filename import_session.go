package atomicsession

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/turn"
)

// oldCookies are those of a request.
type oldCookies struct {
	credentials []string
	settled     bool         // it is known what has become of their session, or does not matter
	forget      bool         // the browser is to forget them
	cookie      *http.Cookie // that of the session which they have become, for this request; nil: none
	since       time.Time    // when it was made
}

// whole is what the cookies are together.
func (o *oldCookies) whole() string { return strings.Join(o.credentials, "\x00") }

// findOld looks for old cookies. Beside one of ours they name no session.
func (s *Session) findOld(ours int) {
	if im := s.m.opts.Import; im != nil {
		if credentials := im.From.Credentials(s.request); len(credentials) > 0 {
			s.old = &oldCookies{credentials: credentials, settled: ours > 0}
		}
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
	_, ends := ctx.(*turn.Lasting)
	ctx, cancel := context.WithTimeout(ctx, s.m.opts.StoreTimeout)
	defer cancel()
	for range 2 { // again if another request was faster
		c, err := s.loadClaim(ctx, store, s.old.whole())
		if err == nil {
			return s.adopt(ctx, store, *c)
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := s.tooLate(); err != nil {
			s.old.settled = ends // buryOld does the rest
			if ends {
				return nil
			}
			return err
		}
		faster, err := s.importOld(ctx, store)
		if err != nil || !faster {
			return err
		}
	}
	return fmt.Errorf("%w: the claim of an old session", ErrUnavailable)
}

// adopt has the request go on with the session that was imported, if the old cookies still name it.
func (s *Session) adopt(ctx context.Context, store driver.Store, c claim) error {
	now := s.m.now()
	if age := now.Sub(c.at); age > driver.RenewalWindow || age < -driver.RenewalWindow {
		// A thief, a restored browser, a request that was long under way: it begins no session in the place of the visitor's. The
		// import may have been cut off before the old session ended.
		s.endOld(ctx)
		s.leaveOld(ErrRenewed)
		return nil
	}
	r, err := store.Load(ctx, now, c.token.key(s.scope()))
	if err == nil {
		r, err = s.keep(ctx, store, c.token, r)
	}
	switch {
	case errors.Is(err, ErrNotFound):
		s.token = c.token
		s.leaveOld(err)
	case err != nil:
		return err
	default:
		s.goOn(c, r, now)
	}
	return nil
}

// importOld makes the old session one of ours. It returns true if another request has been faster.
func (s *Session) importOld(ctx context.Context, store driver.Store) (faster bool, err error) {
	now := s.m.now()
	credentials, err := s.unused(ctx, store)
	if err != nil {
		return false, err
	}
	if len(credentials) == 0 {
		s.leaveOld(ErrRenewed)
		return false, nil
	}
	old, err := s.m.opts.Import.From.Load(ctx, credentials)
	switch {
	case errors.Is(err, ErrUnavailable) || ctx.Err() != nil:
		return false, fmt.Errorf("the old session: %w", errors.Join(err, ctx.Err()))
	case err != nil:
		s.unreadable(ctx, err)
		return false, nil
	case old == nil || !old.Deadline.IsZero() && !old.Deadline.After(now):
		_, err := s.loadClaim(ctx, store, s.old.whole())
		if errors.Is(err, ErrNotFound) {
			s.leaveOld(nil)
			return false, nil
		}
		return err == nil, err // another request has ended it meanwhile
	}
	if len(old.IDs) > 0 { // another cookie may have brought it
		c, err := s.loadClaim(ctx, store, identity(old.IDs))
		if err == nil {
			return false, s.adopt(ctx, store, *c)
		}
		if !errors.Is(err, ErrNotFound) {
			return false, err
		}
	}
	r, err := s.oldRecord(ctx, *old, now)
	if err != nil {
		if ctx.Err() == nil {
			s.unreadable(ctx, err)
		}
		return false, ctx.Err()
	}
	if r.Data.Len() == 0 && r.User == "" {
		s.leaveOld(nil)
		return false, nil
	}
	c := claim{token: token{id: newID(), secret: newSecret()}, nonPersistent: old.NonPersistent, at: now, until: old.Deadline}
	t := c.token
	r.ID = t.id
	if err := store.Create(ctx, t.key(s.scope()).Verifier, onTrial(r, now)); err != nil {
		if errors.Is(err, ErrUnknownOutcome) {
			s.abandon(ctx, store, t)
		}
		return false, err
	}
	// Nobody can know of it yet. But a revocation that comes after this finds it.
	refused, err := s.m.importsRefused(ctx, store, r.User)
	if err == nil && !refused {
		err = s.tooLate() // after the claim the visitor needs the answer
	}
	if err == nil && !refused {
		faster, err = s.storeClaims(ctx, store, c, old.IDs)
	}
	if (err != nil || refused || faster) && !errors.Is(err, ErrUnknownOutcome) { // else the claim may be on its way
		s.abandon(ctx, store, t)
	}
	if err != nil || faster {
		return faster, err
	}
	s.endOld(ctx)
	if refused {
		s.leaveOld(nil)
		return false, nil
	}
	r, err = s.keep(ctx, store, t, onTrial(r, now))
	if errors.Is(err, ErrNotFound) { // it has ended: the claim says the rest
		return true, nil
	}
	if err != nil {
		return false, err
	}
	s.goOn(c, r, now)
	s.m.log().DebugContext(ctx, "session imported", "id", t.id)
	return false, nil
}

// goOn has the request go on with the session that its old cookies have become.
func (s *Session) goOn(c claim, r driver.Record, now time.Time) {
	s.token = c.token
	s.learnAll(r)
	s.hand(s.m, now, s.m.opts.Cookie.NonPersistent || c.nonPersistent)
	s.old.settled, s.old.forget, s.old.cookie, s.old.since = true, true, s.cookie, now
}

// confirm drops the cookie of an import from a response that took long, if it has got a new secret meanwhile, or has ended: the response might
// overtake that of a sign-in.
func (s *Session) confirm() {
	if s.old == nil || s.old.cookie == nil || s.old.cookie != s.cookie || s.m.now().Sub(s.old.since) <= extensionPatience {
		return
	}
	ctx := turn.Within(context.WithoutCancel(s.request.Context()), s.m.opts.StoreTimeout)
	defer ctx.Cancel()
	_ = s.m.run(ctx, "import", func(ctx context.Context, store driver.Store) error {
		_, err := store.Load(ctx, s.m.now(), s.key())
		if errors.Is(err, ErrNotFound) {
			s.cookie = nil
		}
		return err
	})
}

// unreadable leaves the old session as it is, for a program that can read it.
func (s *Session) unreadable(ctx context.Context, err error) {
	s.m.log().ErrorContext(ctx, "an old session cannot be imported: its visitor is anonymous", "error", err)
	s.old.settled = true
}

// leaveOld settles that the old cookies name no session, or none any more.
func (s *Session) leaveOld(why error) {
	if why != nil {
		_ = s.lost(why)
	}
	s.old.settled, s.old.forget = true, true
}

// buryOld sees to it that the old cookies, if the request has not gone on with their session, never become one: the visitor is about to sign out,
// or to be somebody else.
func (s *Session) buryOld(ctx context.Context, store driver.Store) error {
	if s.old == nil || s.old.forget {
		return nil
	}
	now := s.m.now()
	until := now.Add(unknownLife)
	key := s.m.claimKey("session", s.old.whole())
	err := store.Create(ctx, key.Verifier, newClaim(key, "session", driver.Doc{}, now, until))
	if err != nil && !errors.Is(err, driver.ErrExists) {
		return err
	}
	if err := s.storeParts(ctx, store, now, until); err != nil {
		return err
	}
	s.endOld(ctx)
	s.old.forget = true
	return nil
}

// buryOldFirst is buryOld for what ends sessions.
func (s *Session) buryOldFirst(longer *turn.Lasting, store driver.Store) error {
	if s.old == nil {
		return nil
	}
	return longer.Step(func(ctx context.Context) error { return s.buryOld(ctx, store) })
}

// endOld ends the old session where it was kept. That it could not be done is no reason to fail: it names none here any more.
func (s *Session) endOld(ctx context.Context) {
	ctx, cancel := withoutCancel(ctx)
	defer cancel()
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
