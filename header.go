package atomicsession

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// extensionPatience is how long a response may take that prolongs the cookie. Since a slower one began, another request may have
// signed in, and its cookie would be undone; a later request will prolong it.
const extensionPatience = 5 * time.Second

// commit adds the session's headers to h, once: when the header is about to be written, or the handler has returned
// without writing one. It waits for a method that is at work, which may be about to change the token.
func (s *Session) commit(h http.Header) {
	if s.turn.at() != open {
		return
	}
	s.turn.take(nil)
	defer s.turn.give()
	if s.turn.pass(headerOut) != open || s.state == unopened { // which nobody has used
		return
	}
	h.Add("Vary", "Cookie")
	if !s.extended.IsZero() && s.m.now().Sub(s.extended) > extensionPatience {
		s.cookie = nil
	}
	if s.cookie != nil {
		h.Add("Set-Cookie", s.cookie.String())
	}
	if s.reload {
		h.Set("Refresh", refresh(0, sameDocument(s.request)))
	}
	restrictCaches(h, s.cookie != nil || s.reload || s.m.opts.NoStoreSignedIn && s.seenSignedIn())
}

// seenSignedIn reports whether this request has seen the session bound to a user.
func (s *Session) seenSignedIn() bool {
	return (s.state == live || s.state == ended) && s.meta.User != ""
}

// restrictCaches keeps a response that depends on a session out of caches. Without a word of the handler's a cache may keep
// some, such as a 410, for as long as it likes (RFC 9111, section 4.2.2). One that must not be stored, whatever the handler said,
// is never used again: it might put an old token over a new one, or show what was meant for a user who has signed out.
func restrictCaches(h http.Header, noStore bool) {
	if noStore {
		maps.DeleteFunc(h, func(name string, _ []string) bool { return beatsCacheControl(name) })
	}
	said := strings.ToLower(strings.Join(h.Values("Cache-Control"), ","))
	switch {
	case noStore && !forbidsStoring(said):
		h.Set("Cache-Control", "no-store")
	case !noStore && said == "" && h.Get("Expires") == "":
		h.Set("Cache-Control", "private, no-cache")
	}
}

// beatsCacheControl reports whether some intermediary takes the word of a header with this name over that of Cache-Control: the targeted
// fields of RFC 9213 (Cloudflare-CDN-Cache-Control and others), and what came before them.
func beatsCacheControl(name string) bool {
	switch name = strings.ToLower(name); name {
	case "surrogate-control", "edge-control", "x-accel-expires", "x-litespeed-cache-control":
		return true
	}
	return strings.HasSuffix(name, "cdn-cache-control")
}

// forbidsStoring reports whether a Cache-Control in lower case says no-store. One with a quoted part, which may hold anything, is not
// worth a parser.
func forbidsStoring(cc string) bool {
	for directive := range strings.SplitSeq(cc, ",") {
		if strings.TrimSpace(directive) == "no-store" {
			return !strings.Contains(cc, `"`) && !strings.Contains(cc, "must-understand") // which may overrule it
		}
	}
	return false
}

// over returns why the request has ended for its client, nil if it has not.
func (s *Session) over() error {
	switch {
	case s.turn.at() == returned:
		return fmt.Errorf("%w: the handler has returned", ErrHeadersSent)
	case s.request.Context().Err() != nil:
		return fmt.Errorf("%w: the request's context has ended", ErrHeadersSent)
	}
	return nil
}

// tooLate returns an error if no cookie can reach the browser any more. A session that has ended is a part of it, since one that
// goes on would need no cookie.
func (s *Session) tooLate() error {
	err := s.over()
	if err == nil && s.turn.at() == headerOut {
		err = fmt.Errorf("%w: the response's header is out", ErrHeadersSent)
	}
	if err != nil && s.why() != nil {
		err = fmt.Errorf("%w: %w", s.why(), err)
	}
	return err
}
