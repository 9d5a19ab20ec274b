package atomicsession

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"

	"github.com/atomicsession/atomicsession/driver"
)

// Issue begins a session without a request. The session holds what the changes make of an empty document. Issue returns the cookie that
// names the session, and describes it. Use it in jobs, command line programs, links in e-mails and tests. [User] and the like may be
// among the changes, as for [Session.Reset]: then the user counts as signed in from now on, though nobody has proved anything. Give the
// cookie to nobody but the one it is for: its value is a credential. Issue is one round trip, and one more with [Options].MaxSessions.
// [Options].Device is not asked.
//
// The cookie is what a browser would get: put it into the header of a response or the jar of a client, or add it to a request. It is a
// cookie for HTTPS unless [CookieOptions].InsecureHTTP is set. If [Options].SecureRequest is set, it decides: Issue calls it with an
// empty request that has TLS.
//
// You can also hand over the cookie's value in another way, such as in a link that is good once. The page behind the link needs a button,
// because programs open links, too. The request of the button passes the value as its cookie to [Manager.Begin], and calls
// [Session.Renew]. After that the secret in the link is dead.
func (m *Manager) Issue(ctx context.Context, changes ...Change) (*http.Cookie, Info, error) {
	// Without a header, by which the rest knows that nobody's device has sent it.
	r := (&http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, TLS: &tls.ConnectionState{}}).WithContext(context.WithoutCancel(ctx))
	s := (&exchange{m: m, request: r}).get()
	u, err := s.newUpdate("issue", changes)
	if err != nil {
		return nil, Info{}, err
	}
	var next *view
	err = s.do(ctx, "issue", func(ctx context.Context, store driver.Store) (err error) {
		next, err = s.force(ctx, store, u)
		return err
	})
	if err != nil {
		return nil, Info{}, err
	}
	return next.cookie, newInfo(next.record()), nil
}
