package atomicsession

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"

	"github.com/atomicsession/atomicsession/driver"
)

// Issue begins a session that no request has asked for, which holds what the changes leave of an empty document, and returns the
// cookie that names it and what there is to know of it. It is for jobs, command line programs, links in e-mails and tests: [User]
// and the like may be among the changes, as for [Session.Reset], and bind the session without a sign-in. Give it to nobody but the
// one it is for: the cookie's value is a credential. It is one round trip, and one more with [Options].MaxSessions.
// [Options].Device is not asked.
//
// The cookie is what a browser would get: put it into the header of a response or the jar of a client, or add it to a request. It is one
// of HTTPS unless [CookieOptions].InsecureHTTP is set; with [Options].SecureRequest, if that says so of a request with TLS. What it holds as its
// value may travel in another way, such as in a link that is good once: the page behind the link has a button (programs open links, too),
// whose request gets the value as its cookie, by [Manager.Begin], and calls [Session.Renew], after which the link's secret is dead.
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
