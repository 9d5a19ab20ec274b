package atomicsession

import (
	"net/http"
	"slices"
)

// mayBegin returns [ErrCrossSite] if a session begun in this request might take the place of another one, whose cookie the browser
// holds and does not send along. Every change that begins a session asks, but for Renew and Reset, which are to take that place.
func (s *Session) mayBegin() error {
	if s.m.comesAlong(s.request) {
		return nil
	}
	return ErrCrossSite
}

// reloads has the browser load the page of this response again, from there, if that brings the cookie along, and reports whether it will.
func (s *Session) reloads() bool {
	s.reload = s.mayBegin() != nil && s.request.Method == http.MethodGet && s.request.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		opensPage(s.request) && s.tooLate() == nil
	return s.reload
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
	safe := slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace}, r.Method)
	return sameSite == http.SameSiteLaxMode && safe && opensPage(r)
}

// opensPage reports whether the browser opens a page in a tab with this request, not in a frame of another page, as far as it says.
func opensPage(r *http.Request) bool {
	mode, dest := r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest")
	return (mode == "" || mode == "navigate") && (dest == "" || dest == "document")
}
