package atomicsession

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Import carries the sessions of another library over, so that nobody is signed out when an application moves. Give it to every manager
// of the application ([Options].Import), also to those that only revoke, until the last old session has expired.
//
// The first request that uses its session, and brings an old cookie and none of this manager's, has the old session become one of this
// manager's, once: with its data, its user, its deadline and the time that it may be idle. The new cookie goes out with the response, the old
// one is removed from the browser, and the old session is ended where it was kept. Its user has not signed in here, so a [SignedInWithin] does
// not hold. What requests that come at the same time change is not lost: they meet in one session.
//
// That a session was imported is kept in the store, until after its old deadline, however the session ends: this is its claim. For
// [driver.RenewalWindow] after it the old cookie still names the new session, for requests that were sent before the answer to the
// first one; so anybody else with the old cookie shares the session during that time. Then, and after a [Session.Destroy], a
// revocation or the expiry at once, the old cookie names no session: reads find nothing, and changes are [ErrRenewed] for the
// request that is so late. A sign-in gives the session a secret that does not depend on the old cookie. A Destroy, Reset, Renew or
// [Session.SignIn] also ends an old session that the request brings and that has not been imported.
//
// A manager that revokes the sessions of a user ([Manager.RevokeAll], RevokeBefore, RevokeOthers), or of everyone, refuses those that are
// still to be imported, too, in every realm: their visitors are anonymous, and so they are if the old session cannot be read, of which the
// log is told. What else is done to a user's sessions from outside does not reach them before they have been imported. An import is no
// sign-in, and ends no other session by [Options].MaxSessions. RevokeBefore ends a session that was imported without a Created, whatever
// the moment.
//
// An old session is not imported in a request of another site that may not have brought this manager's cookie, and it is [ErrHeadersSent]
// to use one first when the response's header is out. Of a request with several old cookies those that have been part of an import before, with
// other ones, are left out. With [Options].SecureRequest the session is one of the connection, safe or not, that it was first used on.
//
// A request that brings no old cookie costs nothing, and one that brings a cookie of this manager, too. An import costs a read and an end in the
// old library; in the store a Load, two or three that look for revocations and other names of the session, a Create of the session, one of
// its claim, and an Update. With several cookies it is a Load and a Create more for each.
type Import struct {
	// From reads what the old library has stored: modules bridge/scs and bridge/gorilla have one each. Required.
	From Importer
	// Key is what claims are found with and what hides the secrets in them, so that somebody who has read the stores, the old one
	// included, cannot use a session whose old cookie is out of date. It has at least 32 random bytes, is the same on all servers, and
	// stays the same while sessions are imported: with another one no claim is found, and what has been imported could be imported
	// again. Required.
	Key SigningKey
	// User returns whom an old session belongs to, "" if nobody. Nil: all are nobody's.
	User func(OldSession) string
	// Changes returns the changes that make the new session out of an empty one; nil: every value is Set at the path of its name. With an
	// error, a condition or a change that goes with a sign-in (User is for that) the session counts as one that cannot be read.
	Changes func(OldSession) ([]Change, error)
}

// Importer reads the sessions of another library, and ends them. It is safe for concurrent use.
type Importer interface {
	// Credentials returns what names an old session in the request's cookies, such as its token: one text for each cookie that would give
	// access by itself, none if there is no such cookie. Cookies that the old library takes for the same must give the same text. It does no
	// I/O, so what it returns may name no session.
	Credentials(r *http.Request) []string
	// Load returns the session that the credentials name, nil if they name none that is live, or the IDs alone of one that has ended. An error that matches [ErrUnavailable], or that of
	// ctx, fails the call that uses the session; any other says that the session cannot be read, and its visitor is anonymous.
	Load(ctx context.Context, credentials []string) (*OldSession, error)
	// End makes the credentials name none, as far as the old library can. It must return nil if the session has already ended.
	End(ctx context.Context, credentials []string) error
	// Cookies returns the cookies that the browser is to forget: of each the name, and the attributes with which it was set.
	Cookies() []*http.Cookie
}

// OldSession is a session of another library.
type OldSession struct {
	// IDs are what the library knows the sessions by, of which this one is made, if that is not in the cookie as it is: a session is imported
	// once, by whatever cookie.
	IDs           []string
	Values        map[string]any // by their keys in the old session
	Created       time.Time      // when it began, or its user signed in; zero: not known
	Deadline      time.Time      // when it ends, whatever its use; zero: it has no such end
	MaxAge        time.Duration  // how long it lives after a use; 0: as Options say
	NonPersistent bool           // its cookie ends with the browser
}

// Format implements [fmt.Formatter]: an old session does not print its values.
func (OldSession) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("old session")) }

// check returns what is wrong with o beside a session cookie of that name, which goes without its prefix if it may be plain.
func (o *Import) check(cookie string, plain bool) error {
	switch {
	case o == nil:
		return nil
	case o.From == nil:
		return errors.New("Import needs a From")
	}
	for _, old := range o.From.Cookies() {
		if old.Name == cookie || plain && old.Name == withoutPrefix(cookie) {
			return fmt.Errorf("set Cookie.Name to another one than that of the old library, %q", old.Name)
		}
	}
	return checkKey("Import.Key", o.Key)
}

// changes returns what the new session is made of.
func (o *Import) changes(old OldSession) ([]Change, error) {
	if o.Changes != nil {
		return o.Changes(old)
	}
	changes := make([]Change, 0, len(old.Values))
	for name, value := range old.Values {
		changes = append(changes, Path(name).Set(value))
	}
	return changes, nil
}
