package atomicsession

import "net/http"

// mayBegin returns [ErrCrossSite] if a session begun in this request might take the place of another one, whose cookie the browser
// holds and does not send along. Every change that begins a session asks, but for Renew and Regenerate, which are to take that place.
func (s *Session) mayBegin() error {
	if s.m.comesAlong(s.request) {
		return nil
	}
	return ErrCrossSite
}

// comesAgain reports whether the browser would send the cookie if it asked for the page of this request once more, from there.
func (s *Session) comesAgain() bool {
	return s.mayBegin() != nil && s.request.Method == http.MethodGet && s.request.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		opensPage(s.request)
}

// comesAlong reports whether a browser would send the session's cookie with a request like this, if it had one (RFC 6265bis,
// section 5.8.3). docs/design.md has the rule as a table. Without Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/) all that tells
// a request of another site is the Origin.
func (m *Manager) comesAlong(r *http.Request) bool {
	sameSite := m.opts.Cookie.SameSite
	if sameSite == http.SameSiteNoneMode {
		return true
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "same-site", "none":
		return true
	case "":
		origin := r.Header.Get("Origin")
		return origin == "" || m.isOwn(r, origin)
	}
	return sameSite == http.SameSiteLaxMode && isSafe(r.Method) && opensPage(r)
}

// opensPage reports whether the browser opens a page in a tab with this request, not in a frame of another page, as far as it says.
func opensPage(r *http.Request) bool {
	mode, dest := r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest")
	return (mode == "" || mode == "navigate") && (dest == "" || dest == "document")
}

func isSafe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}
