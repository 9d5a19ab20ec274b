package browsers

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// cookie is one as a browser keeps it (RFC 6265bis, section 5.7).
type cookie struct {
	name, value, domain, path string
	hostOnly                  bool
	sameSite                  http.SameSite
	expires                   time.Time // zero: when the browser ends
}

// jar is the cookies of a browser, in the order of their creation. All of its connections are TLS.
type jar struct{ cookies []cookie }

// via is how a browser comes to send a request.
type via struct {
	site       string // Sec-Fetch-Site
	method     string
	mode, dest string
}

func (v via) foreign() bool  { return v.site == "cross-site" }
func (v via) topLevel() bool { return v.mode == "navigate" && v.dest == "document" }

// set stores what a response of host sets, unless a browser would refuse it.
func (j *jar) set(now time.Time, host string, v via, c *http.Cookie) bool {
	k := cookie{name: c.Name, value: c.Value, domain: host, path: "/", hostOnly: true, sameSite: c.SameSite}
	if c.Path != "" {
		k.path = c.Path
	}
	if c.Domain != "" {
		k.domain, k.hostOnly = strings.ToLower(strings.TrimPrefix(c.Domain, ".")), false
		if host != k.domain && !strings.HasSuffix(host, "."+k.domain) {
			return false
		}
	}
	if k.sameSite < http.SameSiteLaxMode { // no attribute: what browsers take it for
		k.sameSite = http.SameSiteLaxMode
	}
	switch {
	case strings.HasPrefix(k.name, "__Host-") && (!c.Secure || !k.hostOnly || k.path != "/"),
		strings.HasPrefix(k.name, "__Secure-") && !c.Secure,
		k.sameSite == http.SameSiteNoneMode && !c.Secure,
		k.sameSite != http.SameSiteNoneMode && v.foreign() && !v.topLevel():
		return false
	}
	if c.MaxAge > 0 {
		k.expires = now.Add(time.Duration(c.MaxAge) * time.Second)
	}
	i := slices.IndexFunc(j.cookies, func(o cookie) bool {
		return o.name == k.name && o.domain == k.domain && o.path == k.path && o.hostOnly == k.hostOnly
	})
	switch {
	case c.MaxAge < 0 && i >= 0:
		j.cookies = slices.Delete(j.cookies, i, i+1)
	case c.MaxAge < 0:
	case i >= 0:
		j.cookies[i] = k
	default:
		j.cookies = append(j.cookies, k)
	}
	return true
}

// expire drops what is over.
func (j *jar) expire(now time.Time) {
	j.cookies = slices.DeleteFunc(j.cookies, func(c cookie) bool { return !c.expires.IsZero() && !c.expires.After(now) })
}

// header returns the Cookie header of a request to host, "" if there is nothing to send.
func (j *jar) header(host string, v via) string {
	var parts []string
	for _, c := range j.cookies {
		if c.domain != host && (c.hostOnly || !strings.HasSuffix(host, "."+c.domain)) {
			continue
		}
		lax := c.sameSite == http.SameSiteLaxMode && v.topLevel() && v.method == http.MethodGet
		if !v.foreign() || c.sameSite == http.SameSiteNoneMode || lax {
			parts = append(parts, c.name+"="+c.value)
		}
	}
	return strings.Join(parts, "; ")
}

// value returns the session's cookie: the one that the site itself has set.
func (j *jar) value(name, domain string) string {
	for _, c := range j.cookies {
		if c.name == name && c.domain == domain {
			return c.value
		}
	}
	return ""
}
