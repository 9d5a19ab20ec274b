package atomicsession

import (
	"errors"
	"net/http"
	"net/url"
)

// leadFragment says where to go on to htmx, which shows nothing of an answer with an error, but heeds its header
// (https://htmx.org/reference/#response_headers): to the page that it is in, loaded anew, or to the sign-in. The header counts as a move, lest a
// page whose fragments load by themselves moves for ever.
func (m *Manager) leadFragment(w http.ResponseWriter, r *http.Request, err error) {
	moves := m.moves(r)
	if moves >= maxMoves {
		return
	}
	page, signIn := m.pageOf(r), m.opts.SignIn
	if u, err := url.Parse(signIn); err == nil && page != nil && page.Path == u.Path {
		signIn = "" // it is there
	}
	switch {
	case errors.Is(err, ErrRenewed):
		signIn = ""
	case errors.Is(err, ErrNotFound):
	case errors.Is(err, ErrReauthenticate) && signIn != "":
		if page != nil {
			signIn = m.signInFor(page.RequestURI())
		}
	case errors.Is(err, ErrCSRF) && m.fromOwnPage(r):
		signIn = ""
	default:
		return
	}
	if signIn == "" {
		w.Header().Set("Hx-Refresh", "true")
	} else {
		w.Header().Set("Hx-Redirect", signIn)
	}
	http.SetCookie(w, m.retryCookie(r, moves+1))
}

// pageOf returns the address of the page that a fragment is for, nil if it is not known or of another site.
func (m *Manager) pageOf(r *http.Request) *url.URL {
	text := r.Header.Get("Hx-Current-Url")
	u, err := url.Parse(text)
	if err != nil || !m.isOwn(r, text) || !isLocal(u.EscapedPath()) {
		return nil
	}
	return u
}
