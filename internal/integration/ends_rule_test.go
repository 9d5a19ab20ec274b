package integration

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"

	"github.com/atomicsession/atomicsession"
)

// Who is told what when a session has ended. These tables are the rule; TestEnds holds every method to it, for every way a session
// can end and everything its request may have found out before, on memory and on Redis.

// outcome is what a method does for a request whose session has ended.
type outcome int

const (
	nothing    outcome = iota // nil, and nothing is found or done
	quiet                     // nil; what it returns is not about this session
	memory                    // nil, with what the request has seen: one request sees one snapshot, until it asks or changes something
	told                      // why it has ended: ErrNotFound, or ErrRenewed if another request has just given it a new secret
	begins                    // another session, with nothing of the one that has ended
	denied                    // ErrCSRF
	deniedTold                // ErrCSRF, and why the session has ended that the token belongs to
	proves                    // nil: the page is this browser's, by the secret that the request carries and another one has replaced
	goesOn                    // ErrRenewed: it has not ended, and this request cannot end it
	nobody                    // an error that is a mistake in the program: there is no user
	absent                    // ErrNotFound, and not why: the one who asks never had its secret
	outside                   // whatever the request knows: nothing while the session goes on and is the user's, and absent once it is not
)

// knowledge is what a request knows of the session that its cookie names, and of its end.
type knowledge int

const (
	stranger knowledge = iota // has no cookie
	gone                      // never saw its session alive; it has ended
	renewed                   // never saw it alive; it goes on with a secret that another request has just made
	looked                    // has read it while it lived, and has not asked since
	changed                   // has updated it while it lived, and has not asked since
	over                      // has seen it alive, and has found out that it has ended, or has ended it
)

// Whether a request that never saw its session alive finds the end out by this very call, or has found it out by one before, makes no
// difference: gone and renewed are both. For one that saw it alive there are two differences, between the columns looked and changed
// on the one side and over on the other:
//   - what needs no answer of the store (reads, CSRF tokens) is answered from memory until something asks the store;
//   - a Destroy that finds the end out says so, and one that knows of it has nothing to do.
//
// In none of the cases does anything bring the session back, change or extend what is left of it, or send a cookie of it.
var rule = []struct {
	method string
	do     call
	//              stranger  gone  renewed  looked  changed  over
	want [over + 1]outcome
}{
	// Reads find nothing. After an update only the fields that it touched, and what a session says of itself, are known.
	{"Get", get, [...]outcome{nothing, nothing, nothing, memory, told, nothing}},
	{"Key.Get", getKey, [...]outcome{nothing, nothing, nothing, memory, told, nothing}},
	{"Document", document, [...]outcome{nothing, nothing, nothing, memory, told, nothing}},
	{"Info", info, [...]outcome{nothing, nothing, nothing, memory, told, nothing}},
	{"Authenticated", authenticated, [...]outcome{nothing, nothing, nothing, memory, told, nothing}},
	{"Exists", exists, [...]outcome{nothing, nothing, nothing, memory, memory, nothing}},
	{"User", user, [...]outcome{nothing, nothing, nothing, memory, memory, nothing}},
	{"Manager.UserSessions", userSessions, [...]outcome{quiet, quiet, quiet, quiet, quiet, quiet}},

	// Who asks whether the session goes on is told, every time.
	{"Refresh", refresh, [...]outcome{nothing, told, told, told, told, told}},
	{"Peek", peek, [...]outcome{nothing, told, told, told, told, told}},
	{"Touch", touch, [...]outcome{nothing, told, told, told, told, told}},

	// A change begins a session if the request cannot know of the one that has ended, and if it leaves something to store.
	{"Update", set, [...]outcome{begins, begins, told, told, told, told}},
	{"Set", setOne, [...]outcome{begins, begins, told, told, told, told}},
	{"Later", later, [...]outcome{begins, begins, told, told, told, told}},
	{"Unset", unset, [...]outcome{nothing, nothing, told, told, told, told}},
	{"Take", take, [...]outcome{nothing, nothing, told, told, told, told}},
	{"Key.Take", takeKey, [...]outcome{nothing, nothing, told, told, told, told}},
	{"CSRFToken", csrfToken, [...]outcome{begins, begins, proves, memory, memory, told}},

	// So does a renewal, also if another one has overtaken it: the visitor is signing in.
	{"Renew", renew, [...]outcome{begins, begins, begins, told, told, told}},
	{"Renew with User", renewUser, [...]outcome{begins, begins, begins, told, told, told}},
	{"Reset with User", resetUser, [...]outcome{begins, begins, begins, told, told, told}},

	// A sign-out must not say that the session has ended while it goes on.
	{"Reset", reset, [...]outcome{begins, begins, told, told, told, told}},
	{"Destroy", destroy, [...]outcome{nothing, nothing, told, told, told, nothing}},

	// A session that has ended has no power over the user's others.
	{"RevokeOthers", revokeOthers, [...]outcome{nobody, told, told, told, told, told}},

	// From outside a session is named by its user and its ID, and what is found is what the store has.
	{"Manager.UpdateSession", updateSession, [...]outcome{outside, outside, outside, outside, outside, outside}},
	{"Manager.ReadSession", readSession, [...]outcome{outside, outside, outside, outside, outside, outside}},
	{"Manager.SessionDocument", sessionDocument, [...]outcome{outside, outside, outside, outside, outside, outside}},
	{"Manager.UpdateUser", updateUser, [...]outcome{quiet, quiet, quiet, quiet, quiet, quiet}},

	{"VerifyCSRF", verifyCSRF, [...]outcome{denied, deniedTold, proves, memory, memory, deniedTold}},
	{"Manager.ProtectCSRF", protectCSRF, [...]outcome{denied, deniedTold, proves, memory, memory, deniedTold}},
}

// here returns what is meant by outside, of a session that is the user's and lives or is not.
func (o outcome) here(lives bool) outcome {
	switch {
	case o != outside:
		return o
	case lives:
		return nothing
	}
	return absent
}

// expected is what the rule says, with its exceptions.
func expected(method string, want outcome, w way, k knowledge) outcome {
	overtaken := k == over && errors.Is(w.why, atomicsession.ErrRenewed)
	switch {
	case method == "Reset with User" && errors.Is(w.why, atomicsession.ErrRenewed):
		return begins // whatever it has seen: the visitor signs in, to an empty session in any case
	case w.lives && (method == "Destroy" || method == "Reset" && k != over):
		return goesOn // a sign-out asks the store whether there is a session, where others believe that it has ended
	case method == "Destroy" && overtaken:
		return told // the session goes on, and no sign-out may hide that, however often it is asked
	case (method == "CSRFToken" || want == deniedTold) && overtaken:
		return proves // the visitor may have to sign in again
	case want == deniedTold && w.foreign:
		return denied // the token is not of the session that the cookie names, so there is nothing to say of its end
	}
	return want
}

type call = func(context.Context, *visit) (found bool, err error)

// no is a call that finds nothing.
func no(f func(context.Context, *atomicsession.Session) error) call {
	return func(ctx context.Context, v *visit) (bool, error) { return false, f(ctx, v.session) }
}

var (
	key = atomicsession.NewKey[string]("a")

	get = func(ctx context.Context, v *visit) (bool, error) {
		_, ok, err := atomicsession.Path("a").Get(ctx, v.session)
		return ok, err
	}
	getKey = func(ctx context.Context, v *visit) (bool, error) {
		_, ok, err := key.Get(ctx, v.session)
		return ok, err
	}
	document = func(ctx context.Context, v *visit) (bool, error) {
		doc, err := v.session.Document(ctx)
		return doc.Len() > 0, err
	}
	info = func(ctx context.Context, v *visit) (bool, error) {
		_, ok, err := v.session.Info(ctx)
		return ok, err
	}
	authenticated = func(ctx context.Context, v *visit) (bool, error) {
		at, err := v.session.Authenticated(ctx)
		return !at.At.IsZero(), err
	}
	exists = func(ctx context.Context, v *visit) (bool, error) { return v.session.Exists(ctx) }
	user   = func(ctx context.Context, v *visit) (bool, error) {
		user, err := v.session.User(ctx)
		return user != "", err
	}
	userSessions = func(ctx context.Context, v *visit) (bool, error) {
		_, err := v.host.sessions.UserSessions(ctx, v.user)
		return false, err
	}
	nothingThere  = atomicsession.Path("none").Unset() // a change of which nothing can be seen afterwards
	updateSession = func(ctx context.Context, v *visit) (bool, error) {
		return false, v.host.sessions.UpdateSession(ctx, v.user, v.id, nothingThere)
	}
	updateUser = func(ctx context.Context, v *visit) (bool, error) {
		_, err := v.host.sessions.UpdateUser(ctx, v.user, nothingThere)
		return false, err
	}
	readSession = func(ctx context.Context, v *visit) (bool, error) {
		_, err := v.host.sessions.ReadSession(ctx, v.user, v.id)
		return false, err
	}
	sessionDocument = func(ctx context.Context, v *visit) (bool, error) {
		_, err := v.host.sessions.SessionDocument(ctx, v.user, v.id)
		return false, err
	}
	refresh = no(func(ctx context.Context, s *atomicsession.Session) error { return s.Refresh(ctx) })
	peek    = no(func(ctx context.Context, s *atomicsession.Session) error { return s.Peek(ctx) })
	touch   = no(func(ctx context.Context, s *atomicsession.Session) error { return s.Touch(ctx) })
	destroy = no(func(ctx context.Context, s *atomicsession.Session) error { return s.Destroy(ctx) })
	set     = no(func(ctx context.Context, s *atomicsession.Session) error {
		return s.Update(ctx, key.Set("new"), count.Inc(1))
	})
	later = no(func(ctx context.Context, s *atomicsession.Session) error {
		if err := s.Later(ctx, atomicsession.Path("new").Set(1)); err != nil {
			return err
		}
		return s.Flush(ctx)
	})
	setOne = no(func(ctx context.Context, s *atomicsession.Session) error {
		return s.Update(ctx, atomicsession.Path("b").Set("new"))
	})
	unset = no(func(ctx context.Context, s *atomicsession.Session) error {
		return s.Update(ctx, atomicsession.Path("a").Unset())
	})
	take = func(ctx context.Context, v *visit) (bool, error) {
		_, ok, err := atomicsession.Path("a").Take(ctx, v.session)
		return ok, err
	}
	takeKey = func(ctx context.Context, v *visit) (bool, error) {
		_, ok, err := key.Take(ctx, v.session)
		return ok, err
	}
	csrfToken = func(ctx context.Context, v *visit) (bool, error) {
		token, err := v.session.CSRFToken(ctx)
		return token != "", err
	}
	verifyCSRF = func(ctx context.Context, v *visit) (bool, error) {
		err := v.session.VerifyCSRF(ctx, v.csrf)
		return err == nil, err
	}
	protectCSRF = func(ctx context.Context, v *visit) (bool, error) {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
		r.Header.Set("X-CSRF-Token", v.csrf)
		v.host.denied = nil
		v.host.sessions.ProtectCSRF(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
		return v.host.denied == nil, v.host.denied
	}
	renew     = no(func(ctx context.Context, s *atomicsession.Session) error { return s.Renew(ctx, key.Set("new")) })
	renewUser = no(func(ctx context.Context, s *atomicsession.Session) error {
		return s.Renew(ctx, atomicsession.User("bob"))
	})
	reset     = no(func(ctx context.Context, s *atomicsession.Session) error { return s.Reset(ctx) })
	resetUser = no(func(ctx context.Context, s *atomicsession.Session) error {
		return s.Reset(ctx, atomicsession.User("bob"))
	})
	revokeOthers = no(func(ctx context.Context, s *atomicsession.Session) error {
		_, err := s.RevokeOthers(ctx)
		return err
	})
)
