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
// The first request that uses its session, and brings an old cookie and none of this manager's, imports the old session. The old session
// becomes one of this manager's, once: with its data, its user, its deadline and the time that it may be idle. The new cookie goes out
// with the response, the old one is removed from the browser, and the old session is ended where it was kept. The user has not signed in
// here, so a [SignedInWithin] does not hold. Requests that come at the same time meet in one session, so none of their changes is lost.
//
// The store keeps a note that a session was imported: its claim. It stays until after the old deadline, however the session ends. For
// [driver.RenewalWindow] after the import the old cookie still names the new session, for requests that were sent before the first answer
// arrived. So anybody else with the old cookie shares the session during that time. Afterwards the old cookie names no session: reads
// find nothing, and the changes of such a late request are [ErrRenewed]. After a [Session.Destroy], a revocation or the expiry this is so
// at once. A sign-in gives the session a secret that does not depend on the old cookie. A Destroy, Reset, Renew or [Session.SignIn] also
// ends an old session that the request brings and that has not been imported.
//
// If a manager revokes the sessions of a user ([Manager.RevokeAll], RevokeBefore, RevokeOthers), or of everyone, it also refuses those
// that are still to be imported, in every realm: their visitors are anonymous. If an old session cannot be read, its visitor is
// anonymous, too, and the log says so. Anything else that is done to a user's sessions from outside does not reach old ones before they
// are imported. An import is no sign-in, and ends no other session by [Options].MaxSessions. RevokeBefore ends a session that was
// imported without a Created, whatever the moment.
//
// A request of another site imports nothing if it may lack this manager's cookie (SameSite). Once the response's header is out, the first
// use of an old session is [ErrHeadersSent]. If a request brings several old cookies, the import ignores each one that was already part
// of an earlier import together with other cookies. With [Options].SecureRequest the session belongs to the kind of connection, safe or
// not, on which it was first used.
//
// A request that brings no old cookie costs nothing more, nor does one that brings a cookie of this manager. An import costs a read and
// an end in the old library. In the store it costs a Load, two or three more that look for revocations and other names of the session, a
// Create of the session, a Create of its claim, and an Update. With several cookies it costs one more Load and Create for each.
type Import struct {
	// From reads what the old library has stored: modules bridge/scs and bridge/gorilla have one each. Required.
	From Importer
	// Key finds the claims (the notes that a session was imported), and hides the secrets in them. So somebody who has read the stores,
	// even the old one, cannot use an imported session once its old cookie no longer names it. It has at least 32 random bytes, is the
	// same on all servers, and stays the same while sessions are imported: another one finds no claim, and what has been imported could
	// be imported again. Required.
	Key SigningKey
	// User returns the user of an old session, "" if nobody. Nil: all are nobody's.
	User func(OldSession) string
	// Changes returns the changes that make the new session out of an empty one. Nil: every value is Set at the path of its name. If it
	// returns an error, a condition or a change that goes with a sign-in (User is for that), the session counts as one that cannot be
	// read.
	Changes func(OldSession) ([]Change, error)
}

// Importer reads the sessions of another library, and ends them. It is safe for concurrent use.
type Importer interface {
	// Credentials returns what names an old session in the request's cookies, such as its token: one text for each cookie that would give
	// access by itself, none if there is no such cookie. If the old library takes two cookies for the same, they must give the same text.
	// It does no I/O, so what it returns may name no session.
	Credentials(r *http.Request) []string
	// Load returns the session that the credentials name. If they name no live one it returns nil or, for one that has ended, a session
	// with nothing but its IDs. An error that matches [ErrUnavailable], or that of ctx, fails the call that uses the session. Any other
	// error says that the session cannot be read; then its visitor is anonymous.
	Load(ctx context.Context, credentials []string) (*OldSession, error)
	// End makes the credentials name no session, as far as the old library can. It must return nil if the session has already ended.
	End(ctx context.Context, credentials []string) error
	// Cookies returns the cookies that the browser is to forget: of each the name, and the attributes with which it was set.
	Cookies() []*http.Cookie
}

// OldSession is a session of another library.
type OldSession struct {
	// IDs is what the old library calls the sessions from which this one is made. They are needed if the cookie does not contain them
	// unchanged. With them a session is imported only once, whichever cookie brings it.
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
