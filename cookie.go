package atomicsession

import (
	"net/http"
	"net/textproto"
	"strings"
	"time"
)

// The name prefixes that browsers hold a cookie's attributes to (RFC 6265bis, section 4.1.3), in any case. That of http asks for
// HttpOnly too, which ours always has, and may stand behind that of the host.
const (
	hostPrefix   = "__Host-"
	securePrefix = "__Secure-"
	httpPrefix   = "__Http-"
	hostHTTP     = "__Host-Http-"
)

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// maxCookieAge is the longest lifetime that browsers grant (RFC 6265bis, section 5.5).
const maxCookieAge = 400 * day

// withoutPrefix returns the name without the prefix that asks for Secure.
func withoutPrefix(name string) string {
	for _, prefix := range []string{hostHTTP, hostPrefix, securePrefix, httpPrefix} {
		if hasPrefixFold(name, prefix) {
			return name[len(prefix):]
		}
	}
	return name
}

// secure reports whether the cookie of this request has the Secure attribute.
func (m *Manager) secure(r *http.Request) bool {
	if m.opts.SecureRequest != nil {
		return m.opts.SecureRequest(r)
	}
	return !m.opts.Cookie.InsecureHTTP
}

// cookieName returns the name of the cookie with or without Secure.
func (m *Manager) cookieName(secure bool) string {
	if secure {
		return m.opts.Cookie.Name
	}
	return withoutPrefix(m.opts.Cookie.Name)
}

// readCookie returns the token that the request presents. A cookie that is no token of this manager's, such as one of another
// deployment on the parent domain, does not count, nor does the same session twice. But with two sessions nobody can tell which is
// the visitor's and which was planted: then there is none. It also says how many cookies there are.
func (m *Manager) readCookie(r *http.Request, secure bool) (t token, ok bool, count int) {
	name, sc := m.cookieName(secure), m.scope(secure)
	several := false
	for _, line := range r.Header["Cookie"] {
		for more := true; more; {
			var pair string
			pair, line, more = strings.Cut(line, ";")
			value, named := cookieValue(pair, name)
			if !named {
				continue
			}
			count++
			candidate, valid := parseToken(value, m.opts.SigningKeys, sc)
			switch {
			case !valid:
			case !ok:
				t, ok = candidate, true
			case candidate.id != t.id || candidate.secret != t.secret:
				several = true
			}
		}
	}
	if several {
		m.log().WarnContext(r.Context(), "cookies of several sessions in one request: treated as none", "cookie", name, "count", count)
		return token{}, false, count
	}
	return t, ok, count
}

// cookieValue returns the value of a pair of the header Cookie if it is valid and of that name. It is what [http.Request.CookiesNamed] makes
// of it, which allocates a cookie for each.
func cookieValue(pair, name string) (value string, ok bool) {
	key, value, _ := strings.Cut(pair, "=")
	if textproto.TrimString(key) != name {
		return "", false
	}
	value = strings.TrimRight(value, " \t\r\n")
	if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	invalid := strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' })
	return value, invalid < 0
}

// cookieExpiry returns when the browser is to drop a cookie sent now for a session that expires at expires: never later
// than that, rounded down to seconds.
func cookieExpiry(now, expires time.Time) time.Time {
	if latest := now.Add(maxCookieAge); expires.After(latest) {
		expires = latest
	}
	return expires.Truncate(time.Second)
}

func (m *Manager) blankCookie(secure bool) *http.Cookie {
	o := m.opts.Cookie
	return &http.Cookie{
		Name: m.cookieName(secure), Domain: o.Domain, Path: o.Path, SameSite: o.SameSite, Secure: secure, HttpOnly: true,
		Partitioned: o.Partitioned,
	}
}

// extendCookie sends the cookie again if that lets the browser keep it noticeably longer, or if its key is on the way out.
func (s *Session) extendCookie(now time.Time) {
	longer := cookieExpiry(now, s.meta.Expires).Sub(s.token.expires) >= min(s.m.interval(s.meta), maxCookieAge/24)
	nonPersistent := s.token.nonPersistent()
	if due := longer && !nonPersistent || s.token.outdated; due && s.cookie == nil {
		s.hand(s.m, now, nonPersistent)
		s.extended = now
	}
}

// hand gives the token to the browser, with the response.
func (v *view) hand(m *Manager, now time.Time, nonPersistent bool) {
	v.token.expires, v.token.outdated = cookieExpiry(now, v.meta.Expires), false
	if nonPersistent {
		v.token.expires = time.Time{}
	}
	v.extended, v.reload = time.Time{}, false
	v.cookie = m.blankCookie(v.secure)
	v.cookie.Value = v.token.encode(m.opts.SigningKeys, m.scope(v.secure))
	if !nonPersistent {
		v.cookie.MaxAge = int(v.token.expires.Sub(now) / time.Second)
		if v.cookie.MaxAge < 1 { // 0 would leave it to the browser
			v.cookie.MaxAge = -1
		}
	}
}
