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

// Authentication says when and how whoever a session belongs to has last proved who they are.
type Authentication struct {
	// At is when; the zero time if nobody has signed in, or if that was by a program of before that did not note it.
	At time.Time
	// Methods are those that [AuthenticatedBy] has named, in order; nil if it has named none.
	Methods []string
}

// maxMethods is how long the names of methods are in all, with a space between them.
const maxMethods = 128

// AuthenticatedBy returns the change that says by which methods a visitor has just proved who they are, such as "pwd" and "otp" (RFC 8176 has
// names for them, the amr of OpenID Connect). With [User] it is part of a sign-in; alone it is a re-authentication of who is signed in
// ("sudo"): either begins the time of [SignedInWithin] and of [Options].AbsoluteMaxAge. It is part of [Session.Renew] or [Session.Reset] only.
// A sign-in without it notes the time, and no methods; with a [User] of "" it is [ErrValue]. Names are of letters, digits, "-", "_", "." and ":", at most 128 bytes with a space
// between them.
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

// SignedInWithin returns the condition that whoever the session belongs to has signed in, or proved who they are once more
// ([AuthenticatedBy]), no longer than d ago. It is for [If], by itself, and tested in the step that makes the changes: no request that
// was allowed a moment ago can act after the sign-in was taken back. If it does not hold the error is [ErrReauthenticate], for which
// [Manager.WriteError] asks the visitor to sign in. At least a millisecond; fractions of one are dropped.
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

// Authenticated returns when and how the visitor has last proved who they are; the zero Authentication if there is no session. It loads the
// session unless this request has.
func (s *Session) Authenticated(ctx context.Context) (Authentication, error) {
	info, _, err := s.Info(ctx)
	return Authentication{info.Authenticated, info.Methods}, err
}

// RequireSignedInWithin returns a middleware for pages that only who has signed in no longer than d ago may see or send; any other
// request is answered by [Manager.WriteError] with [ErrReauthenticate]. It asks the session as it is when the request comes: what must not happen a moment
// later either is guarded by [SignedInWithin].
func (m *Manager) RequireSignedInWithin(d time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at, err := m.Get(r.Context()).Authenticated(r.Context())
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

// ReturnPath returns where a visitor who has just signed in wanted to go, as [Manager.WriteError] has noted it in the parameter "return" of
// the page to sign in: a path on this site, other than that page; otherwise "", also
// if the address was too long to be noted (2 KiB, in which some characters count as three). It looks at the query and, if the form has been parsed, at
// its fields: a form without an action keeps the query. Redirect to nothing else that a request brings.
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
