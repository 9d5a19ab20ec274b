package atomicsession

import (
	"net/http"
	"strings"
	"time"
)

// The name prefixes that browsers hold a cookie's attributes to (RFC 6265bis, section 4.1.3), in any case.
const (
	hostPrefix   = "__Host-"
	securePrefix = "__Secure-"
)

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// maxCookieAge is the longest lifetime that browsers grant (RFC 6265bis, section 5.5).
const maxCookieAge = 400 * day

// readCookie returns the token that the request presents. None, a malformed one or more than one are all no token: the
// visitor is anonymous. It also says how many cookies there are.
func (m *Manager) readCookie(r *http.Request) (t token, ok bool, count int) {
	cookies := r.CookiesNamed(m.opts.Cookie.Name)
	if len(cookies) > 1 { // perhaps of two deployments with another Domain or Path, and no visitor could tell why
		m.opts.Logger.WarnContext(r.Context(), "several session cookies in one request: treated as none", "count", len(cookies))
	}
	if len(cookies) == 1 {
		t, ok = parseToken(cookies[0].Value, m.opts.SigningKeys)
	}
	return t, ok, len(cookies)
}

// cookieExpiry returns when the browser is to drop a cookie sent now for a session that expires at expires: never later
// than that, rounded down to seconds.
func cookieExpiry(now, expires time.Time) time.Time {
	if latest := now.Add(maxCookieAge); expires.After(latest) {
		expires = latest
	}
	return expires.Truncate(time.Second)
}

// tokenCookie returns the cookie that hands t to the browser.
func (m *Manager) tokenCookie(now time.Time, t token) *http.Cookie {
	c := m.blankCookie()
	c.Value = t.encode(m.opts.SigningKeys)
	if !t.transient() {
		c.MaxAge = int(t.expires.Sub(now) / time.Second)
		if c.MaxAge < 1 { // 0 would leave it to the browser
			c.MaxAge = -1
		}
	}
	return c
}

// clearCookie returns the cookie that makes the browser forget its token.
func (m *Manager) clearCookie() *http.Cookie {
	c := m.blankCookie()
	c.MaxAge = -1
	return c
}

func (m *Manager) blankCookie() *http.Cookie {
	o := m.opts.Cookie
	return &http.Cookie{
		Name: o.Name, Domain: o.Domain, Path: o.Path, SameSite: o.SameSite, Secure: !o.InsecureHTTP, HttpOnly: true,
		Partitioned: o.Partitioned,
	}
}
