package atomicsession

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

const (
	attrTrial = "trial" // of a session that may not have been claimed yet
	attrClaim = "claim" // of a record that is no session: "session", "part" or "revoked"
	// claimSlack is how much longer a claim is kept than an old session can live, by clocks that differ. Where nobody knows how long that is, a
	// claim is kept for unknownLife.
	claimSlack  = time.Hour
	unknownLife = 10 * 365 * day
)

// unknownSignIn is when somebody has signed in of whom nobody knows when: before any moment that a revocation names.
var unknownSignIn = time.UnixMilli(1).UTC()

// known returns when somebody has signed in, zero if it is not known.
func known(at time.Time) time.Time {
	if at.Equal(unknownSignIn) {
		return time.Time{}
	}
	return at
}

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
	realm := m.opts.Realm
	if purpose == "revoked" { // in all of them
		realm = ""
	}
	id := m.opts.Import.derive(realm, purpose+" id", text)
	return driver.Key{ID: driver.ID(id[:]), Verifier: m.opts.Import.derive(realm, purpose+" verifier", text)}
}

// newClaim returns such a record, which is none of a session.
func newClaim(key driver.Key, what string, data driver.Doc, now, until time.Time) driver.Record {
	return driver.Record{
		Meta:          driver.Meta{ID: key.ID, Created: now, LastUsed: now, Expires: until, Lifetime: until.Sub(now), Deadline: until},
		Authenticated: never, Attrs: driver.Attrs{attrClaim: what}, Data: data,
	}
}

// claim says what old cookies have become: those of a request together, so that nobody comes to a session by one of them, which may be planted,
// or the same for many.
type claim struct {
	token         token // of the session, before it gets another secret; without an ID: none
	nonPersistent bool
	at            time.Time
	until         time.Time // when the old cookies are of no use any more; zero: nobody knows
}

// identity is what the old library knows sessions by.
func identity(ids []string) string { return "ID\x00" + strings.Join(ids, "\x00") }

// mask is what hides the secret in the claim of a credential: nobody knows it without both the key and the credential.
func (m *Manager) mask(credential string, secret []byte) []byte {
	mask := m.opts.Import.derive(m.opts.Realm, "mask", credential)
	hidden := make([]byte, len(mask))
	subtle.XORBytes(hidden, mask[:], secret)
	return hidden
}

// hasParts reports whether a request may bring several old cookies.
func (o *Import) hasParts() bool { return len(o.From.Cookies()) > 1 }

// unused returns the credentials that have not been part of an import before.
func (s *Session) unused(ctx context.Context, store driver.Store) ([]string, error) {
	if !s.m.opts.Import.hasParts() {
		return s.old.credentials, nil
	}
	var unused []string
	for _, credential := range s.old.credentials {
		_, err := store.Load(ctx, s.m.now(), s.m.claimKey("part", credential))
		if errors.Is(err, ErrNotFound) {
			unused = append(unused, credential)
		} else if err != nil {
			return nil, err
		}
	}
	return unused, nil
}

// loadClaim returns the claim of what cookies are together, or of what the old library knows their sessions by.
func (s *Session) loadClaim(ctx context.Context, store driver.Store, of string) (*claim, error) {
	r, err := store.Load(ctx, s.m.now(), s.m.claimKey("session", of))
	if err != nil {
		return nil, err
	}
	if r.Data.Len() == 0 {
		return &claim{at: r.Created}, nil // which names no session
	}
	id, err := driver.ParseID(r.Data.Get("session").Str())
	if err != nil {
		return nil, driver.Corrupt("the claim of an old session")
	}
	t := token{id: id, secret: driver.Secret(s.m.mask(of, r.Data.Get("secret").Bytes()))}
	return &claim{token: t, nonPersistent: r.Data.Get("nonPersistent").Bool(), at: r.Created}, nil
}

// storeClaims stores what the old cookies have become. It returns true if another request has been faster.
func (s *Session) storeClaims(ctx context.Context, store driver.Store, c claim, ids []string) (faster bool, err error) {
	until := c.until.UTC().Truncate(resolution)
	if c.until.IsZero() || s.m.opts.Import.hasParts() { // they have an end each
		until = c.at.Add(unknownLife)
	}
	until = until.Add(claimSlack)
	decides := s.old.whole()
	if len(ids) > 0 {
		decides = identity(ids)
	}
	if faster, err = s.storeClaim(ctx, store, c, decides, until); err != nil || faster {
		return faster, err
	}
	// The session is there: what fails now is no reason to say that it is not.
	if len(ids) > 0 {
		if _, err := s.storeClaim(ctx, store, c, s.old.whole(), until); err != nil {
			s.m.tell(ctx, wrapErr("claim of an old session", err), c.token.id)
		}
	}
	if err := s.storeParts(ctx, store, c.at, until); err != nil {
		s.m.tell(ctx, wrapErr("claim of an old session", err), c.token.id)
	}
	return false, nil
}

// storeParts notes of each old cookie, where there may be several, that it has had its time.
func (s *Session) storeParts(ctx context.Context, store driver.Store, now, until time.Time) error {
	if !s.m.opts.Import.hasParts() {
		return nil
	}
	for _, credential := range s.old.credentials {
		key := s.m.claimKey("part", credential)
		err := store.Create(ctx, key.Verifier, newClaim(key, "part", driver.Doc{}, now, until))
		if err != nil && !errors.Is(err, driver.ErrExists) {
			return err
		}
	}
	return nil
}

// storeClaim stores one. It returns true if there is one of another session.
func (s *Session) storeClaim(ctx context.Context, store driver.Store, c claim, of string, until time.Time) (faster bool, err error) {
	data, err := driver.NewDoc(
		driver.Field{Name: "session", Value: driver.StringValue(c.token.id.String())},
		driver.Field{Name: "secret", Value: driver.BytesValue(s.m.mask(of, c.token.secret[:]))},
		driver.Field{Name: "nonPersistent", Value: driver.BoolValue(c.nonPersistent)},
	)
	if err != nil {
		return false, err
	}
	key := s.m.claimKey("session", of)
	err = store.Create(ctx, key.Verifier, newClaim(key, "session", data, c.at, until))
	if errors.Is(err, ErrUnknownOutcome) && ctx.Err() == nil {
		if there, missing := s.loadClaim(ctx, store, of); missing == nil {
			return there.token.id != c.token.id, nil
		}
	}
	if errors.Is(err, driver.ErrExists) {
		return true, nil
	}
	return false, err
}

// refuseImports has the old sessions of a user, "" for everybody, refused that are still to be imported.
func (m *Manager) refuseImports(ctx context.Context, store driver.Store, user string) error {
	key, now := m.claimKey("revoked", user), m.now()
	err := store.Create(ctx, key.Verifier, newClaim(key, "revoked", driver.Doc{}, now, now.Add(unknownLife)))
	if errors.Is(err, driver.ErrExists) {
		return nil
	}
	return err
}

// importsRefused reports whether the sessions of a user have been revoked, or those of everybody.
func (m *Manager) importsRefused(ctx context.Context, store driver.Store, user string) (bool, error) {
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
