package atomicsession

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Authentication says when, and by which methods, the user of a session has last proved who they are: see
// [Session.Authenticated].
type Authentication struct {
	// At is when, by the clock of the server that signed in, in UTC and milliseconds. It is the zero time if it is not known: nobody has
	// signed in, or an older program did not note it.
	At time.Time
	// Methods are those that [AuthenticatedBy] has named, in its order; nil if it was not part of the latest sign-in.
	Methods []string
}

// maxMethods is how long the names of methods are in all, with a space between them.
const maxMethods = 128

// AuthenticatedBy returns the change that notes by which methods the user has just proved who they are, such as "pwd" and "otp". For
// names see RFC 8176 (the amr of OpenID Connect). These methods replace those that were noted before.
//
// With [User], or in a [Session.SignIn], it is part of a sign-in. Alone, in a [Session.Renew], it is a re-authentication ("sudo") of the
// session's user: check first that the session has one. In both cases the time is noted, from which [SignedInWithin] and
// [Options].AbsoluteMaxAge count. User without AuthenticatedBy notes the time too, and removes the methods. AuthenticatedBy goes with
// SignIn, Renew, [Session.Reset] and [Manager.Issue]; in an update the error is [ErrSignIn].
//
// A name consists of letters, digits, "-", "_", "." and ":". All names, with a space between them, have at most 128 bytes. Otherwise the
// error is [ErrValue]. It is also ErrValue together with a [User] of "".
func AuthenticatedBy(methods ...string) Change {
	text := strings.Join(methods, " ")
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:", r)
	}
	for _, method := range methods {
		if method == "" || strings.ContainsFunc(method, func(r rune) bool { return !plain(r) }) || len(text) > maxMethods {
			return refused(fmt.Errorf("%w: names of methods are letters, digits and -_.: of at most %d bytes in all", ErrValue, maxMethods))
		}
	}
	return newChange(func(b *batch) { b.methods = &text })
}

// SignedInWithin returns the condition that the session's user has signed in no longer than d ago, or has proved again who they are
// ([AuthenticatedBy]). The store tests it in the same step that makes the changes. So it costs no round trip, and no sign-out can come
// between. If it does not hold, nothing is changed, and the error is [ErrReauthenticate]. [Manager.WriteError] then leads the visitor to
// the sign-in.
//
// Give it to [If] directly: inside [And], [Or], [Not] or a condition of a list it is [ErrValue]. A d of less than a millisecond is
// ErrValue, too. If there are several, the shortest counts. If there is no session, it does not hold. So it never holds in a
// [Session.Reset], whose conditions look at the empty session. Fractions of a millisecond are dropped. The time of the sign-in is by the
// clock of the server that signed in, the time now by the clock of this server.
func SignedInWithin(d time.Duration) Condition {
	if d < time.Millisecond {
		return Condition{err: fmt.Errorf("%w: SignedInWithin of less than a millisecond", ErrValue)}
	}
	return Condition{within: d.Truncate(resolution)}
}

// withinOf returns the shortest time that one of the conditions allows since the sign-in, 0 if none asks for it, and the other conditions.
func withinOf(conditions []Condition) (within time.Duration, others []Condition) {
	for _, c := range conditions {
		if c.within != 0 && (within == 0 || c.within < within) {
			within = c.within
		}
	}
	if within == 0 {
		return 0, conditions
	}
	return within, slices.DeleteFunc(slices.Clone(conditions), func(c Condition) bool { return c.within != 0 })
}

// Authenticated returns when and how the session's user has last proved who they are. It returns the zero Authentication if there is no
// session, or if nobody has. It loads the session unless this request has loaded it, because an update does not return this.
func (s *Session) Authenticated(ctx context.Context) (Authentication, error) {
	info, _, err := s.Info(ctx)
	return Authentication{info.Authenticated, info.Methods}, err
}

// RequireSignedIn lets a request through to next if its session is bound to a user ([User]). It answers any other by
// [Manager.WriteError]: usually with [ErrReauthenticate], which leads a visitor to the sign-in and from there back
// ([Manager.ReturnPath]), or with the error of the session or the store. It loads the session unless the request has loaded it. Put it
// inside [Manager.Middleware].
func (m *Manager) RequireSignedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := m.Get(r.Context()).requireUser(r.Context()); err != nil {
			m.WriteError(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// requireUser returns why nobody is signed in: for a visitor whose session has just got a new secret, or whose browser may hold a cookie that it
// does not send along, what WriteError answers by coming again.
func (s *Session) requireUser(ctx context.Context) error {
	return s.do(ctx, "require", func(ctx context.Context, store driver.Store) error {
		meta, ok, err := s.boundHere(ctx, store)
		switch {
		case err != nil:
			return err
		case meta.User != "":
			return nil
		case s.overtaken():
			return s.why()
		case !ok && s.mayBegin() != nil && s.request.Method == http.MethodGet:
			return ErrCrossSite
		default:
			return ErrReauthenticate
		}
	})
}

// RequireSignedInWithin returns a middleware for pages that need a sign-in no longer than d ago. It answers any other request by
// [Manager.WriteError], usually with [ErrReauthenticate], or with the error of the session or the store. It loads the session unless the
// request has loaded it. Put it inside [Manager.Middleware].
//
// It looks at the session as it is when the request comes. The visitor may sign out a moment later. If an action must not happen then,
// guard the action itself with [SignedInWithin].
func (m *Manager) RequireSignedInWithin(d time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := m.Get(r.Context())
		err := s.requireUser(r.Context())
		var at Authentication
		if err == nil {
			at, err = s.Authenticated(r.Context())
		}
		if err == nil {
			u := driver.Update{AuthenticatedSince: m.now().Add(-d.Truncate(resolution))}
			err = wrapErr("require", u.CheckAuthenticated(at.At))
		}
		if err != nil {
			m.WriteError(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// returnParam is the name of the parameter of the page to sign in that says where to go afterwards.
const returnParam = "return"

// maxReturn is the longest address of the page to sign in: servers refuse a long line of a request, and then nobody could sign in.
const maxReturn = 2048

// signInFor returns the address of the page to sign in, which leads back.
func (m *Manager) signInFor(back string) string {
	if back == "" || back == m.opts.SignIn {
		return m.opts.SignIn
	}
	u, err := url.Parse(m.opts.SignIn) // it has been parsed before
	if err != nil {
		return m.opts.SignIn
	}
	q := u.Query()
	q.Set(returnParam, back)
	u.RawQuery = q.Encode()
	if to := u.String(); len(to) <= maxReturn {
		return to
	}
	return m.opts.SignIn
}

// ReturnPath returns where a visitor wanted to go before [Manager.WriteError] led them to the sign-in. WriteError notes it in the
// parameter "return". The result is a path on this site, perhaps with a query, and never the page to sign in; else "". Redirect to it
// after the sign-in, and to nothing else that a request brings. ReturnPath looks at the query of r and, if the form has been parsed, at
// its fields. A form without an action keeps the query. WriteError does not note an address of more than about 2 KiB.
func (m *Manager) ReturnPath(r *http.Request) string {
	back := cmp.Or(r.URL.Query().Get(returnParam), r.PostForm.Get(returnParam))
	if !isLocal(back) {
		return ""
	}
	u, err := url.Parse(back)
	if signIn, _ := url.Parse(m.opts.SignIn); err != nil || signIn != nil && path.Clean(signIn.Path) == path.Clean(u.Path) {
		return ""
	}
	return back
}
