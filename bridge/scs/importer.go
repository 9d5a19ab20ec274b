package scsbridge

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

const (
	rememberMe = "__rememberMe" // what RememberMe puts among the values
	maxToken   = 1024           // scs makes tokens of 43 bytes
)

// importer reads what a manager of scs has stored.
type importer struct{ sm *scs.SessionManager }

// NewImporter returns what [atomicsession.Import] needs to carry over the sessions of sm: the manager of the old application, with its
// Store, Codec, Cookie, HashTokenInStore, IdleTimeout and Lifetime, which must not change any more. The application needs neither its
// LoadAndSave nor anything else of it. Types that the old application has registered with encoding/gob must be registered here, too.
//
// The values are those of the session but for what RememberMe has put there, which decides with Cookie.Persist whether the new cookie
// outlives the browser. The deadline stays, and so does the IdleTimeout, the time of which begins anew. When a session began is not stored:
// it is taken to be one Lifetime before its deadline, and unknown if that moment lies in the future, as it may after SetDeadline.
//
// Of several cookies of the name the first one counts, as for scs. A session that Codec cannot decode, such as one with a type that is not
// registered, is one that cannot be read. An error of the store is [atomicsession.ErrUnavailable]. A store without a method FindCtx
// cannot be cancelled: a request waits for it as long as the store itself does, whatever StoreTimeout is.
//
// To the table of mysqlstore in its usual collation upper and lower case are the same, so a cookie in other letters names the session,
// too. Once imported it is gone; but one that comes back, of a backup for instance, could be imported with such a cookie by its holder.
// With HashTokenInStore, or a binary collation of the column token, it cannot.
func NewImporter(sm *scs.SessionManager) atomicsession.Importer { return importer{sm} }

// Credentials returns the token.
func (i importer) Credentials(r *http.Request) []string {
	c, err := r.Cookie(i.sm.Cookie.Name)
	if err != nil || c.Value == "" || len(c.Value) > maxToken {
		return nil
	}
	return []string{c.Value}
}

// Load does what Load of the manager does, which does not say whether the store or the codec has failed, and returns what the request's
// context has if LoadAndSave runs outside.
func (i importer) Load(ctx context.Context, credentials []string) (*atomicsession.OldSession, error) {
	b, found, err := find(ctx, i.sm.Store, i.stored(credentials[0]))
	switch {
	case err != nil:
		return nil, unavailable(err)
	case !found:
		return nil, nil
	}
	deadline, values, err := decode(i.sm.Codec, b)
	if err != nil {
		return nil, fmt.Errorf("scs: %w", err)
	}
	remember, _ := values[rememberMe].(bool)
	old := &atomicsession.OldSession{
		Values: maps.Clone(values), Deadline: deadline, MaxAge: i.sm.IdleTimeout, NonPersistent: !i.sm.Cookie.Persist && !remember,
	}
	delete(old.Values, rememberMe)
	if began := deadline.Add(-i.sm.Lifetime); !deadline.IsZero() && !began.After(time.Now()) {
		old.Created = began
	}
	return old, nil
}

// End deletes the session.
func (i importer) End(ctx context.Context, credentials []string) error {
	if err := remove(ctx, i.sm.Store, i.stored(credentials[0])); err != nil {
		return unavailable(err)
	}
	return nil
}

// Cookies returns the cookie of the manager.
func (i importer) Cookies() []*http.Cookie {
	c := i.sm.Cookie
	return []*http.Cookie{{
		Name: c.Name, Domain: c.Domain, Path: c.Path, Secure: c.Secure, HttpOnly: c.HttpOnly, SameSite: c.SameSite, Partitioned: c.Partitioned,
	}}
}

// stored returns the token as the store knows it.
func (i importer) stored(token string) string {
	if !i.sm.HashTokenInStore {
		return token
	}
	return hashed(token)
}

func unavailable(err error) error { return fmt.Errorf("%w: scs: %w", driver.ErrUnavailable, err) }
