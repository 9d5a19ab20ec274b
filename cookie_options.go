package atomicsession

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
)

// CookieOptions describe the session's cookie (RFC 6265bis). The zero value is a __Host- cookie: Secure, HttpOnly,
// SameSite=Lax, for this host alone. Change Name whenever you change Domain or Path: browsers keep the old cookie beside the
// new one, and a request with two sessions is anonymous.
type CookieOptions struct {
	// Name is the cookie's name; default "__Host-session", or "__Secure-session" if Domain or Path rule that prefix out, or
	// "session" with InsecureHTTP.
	Name string
	// Domain shares the cookie with all subdomains of it; default none: this host alone.
	Domain string
	// Path is the path the cookie is sent to; default "/".
	Path string
	// SameSite is the cookie's SameSite attribute; default [http.SameSiteLaxMode].
	SameSite http.SameSite
	// NonPersistent makes a cookie that the browser drops when the browser ends; [Persistent] decides otherwise for one session.
	NonPersistent bool
	// Partitioned is for a page that other sites embed: the browser keeps a cookie of its own for each of those sites (CHIPS).
	Partitioned bool
	// InsecureHTTP leaves the Secure attribute out, so that the cookie travels over plain HTTP: for development on
	// loopback, nothing else.
	InsecureHTTP bool
}

// What browsers keep of a cookie (RFC 6265bis, section 5): they ignore the whole cookie if its name and value are longer, and an
// attribute that is. (A Domain of that length is not valid in any case.)
const (
	maxCookieSize    = 4096
	maxAttributeSize = 1024
	maxTokenSize     = 120 // of the value, with a signature
)

func (c CookieOptions) withDefaults() (CookieOptions, error) {
	c.Path = cmp.Or(c.Path, "/")
	c.SameSite = cmp.Or(c.SameSite, http.SameSiteLaxMode)
	hostOnly := !c.InsecureHTTP && c.Domain == "" && c.Path == "/"
	if c.Name == "" {
		switch c.Name = "session"; {
		case hostOnly:
			c.Name = hostPrefix + c.Name
		case !c.InsecureHTTP:
			c.Name = securePrefix + c.Name
		}
	}
	switch {
	case hasPrefixFold(c.Name, hostPrefix) && !hostOnly:
		return c, errors.New("a cookie named __Host- or __Host-Http- needs Path \"/\", no Domain, and no InsecureHTTP")
	case (hasPrefixFold(c.Name, securePrefix) || hasPrefixFold(c.Name, httpPrefix)) && c.InsecureHTTP:
		return c, errors.New("a cookie named __Secure- or __Http- excludes InsecureHTTP")
	case len(c.Name) > maxCookieSize-maxTokenSize:
		return c, fmt.Errorf("Cookie.Name is longer than %d bytes: browsers ignore such a cookie", maxCookieSize-maxTokenSize)
	case len(c.Path) > maxAttributeSize:
		return c, fmt.Errorf("Cookie.Path is longer than %d bytes: browsers ignore it", maxAttributeSize)
	case c.SameSite < http.SameSiteLaxMode || c.SameSite > http.SameSiteNoneMode:
		return c, errors.New("SameSite must be Lax, Strict or None")
	case c.Path[0] != '/':
		return c, errors.New("a cookie's Path begins with \"/\"")
	case c.SameSite == http.SameSiteNoneMode && c.InsecureHTTP:
		return c, errors.New("SameSite=None excludes InsecureHTTP: browsers refuse such a cookie")
	}
	probe := http.Cookie{
		Name: c.Name, Value: "v", Domain: c.Domain, Path: c.Path, Secure: !c.InsecureHTTP, Partitioned: c.Partitioned,
	}
	if err := probe.Valid(); err != nil {
		return c, err
	}
	return c, nil
}
