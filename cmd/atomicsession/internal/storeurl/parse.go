package storeurl

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// URLError is a URL that names no store, or one with parameters that its server refuses: nothing was done. Its text is one line and
// holds no user, no password and no value of a parameter that may be one.
type URLError struct{ reason string }

func (e *URLError) Error() string { return "store URL: " + e.reason }

func refuse(format string, args ...any) error { return &URLError{fmt.Sprintf(format, args...)} }

// address is the URL of a store on a server, taken apart. Package net/url cannot do it: there may be several hosts, and it quotes
// what it cannot read, which may be a password.
type address struct {
	scheme string
	user   string // with the @, "" if there is none
	hosts  string
	path   string // with the /
	params []parameter
}

// parameter is a part of the query: its name decoded, its value as it was written.
type parameter struct{ name, value string }

// parse takes apart what stands behind the scheme. It is the only place that looks at a URL with a password in it, and what it returns
// as hosts and parameters holds none: an @ behind the hosts is refused, since it tells that a password with a / or ? was not encoded.
func parse(text string) (*address, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return nil, refuse("%s needs // and a host", scheme[:strings.Index(scheme, ":")])
	}
	a := &address{scheme: scheme}
	server, rest := cutBefore(rest, "/?#")
	if strings.Contains(rest, "@") {
		return nil, refuse("a reserved character in user, password or a parameter: write %%40 for @, %%2F for /, %%3F for ?, %%23 for #")
	}
	if strings.Contains(rest, "#") {
		return nil, refuse("a # that is not written %%23")
	}
	at := strings.LastIndexByte(server, '@') + 1
	a.hosts = server[at:]
	if at > 0 { // the last @ is the one that counts, to every driver
		a.user = strings.ReplaceAll(server[:at-1], "@", "%40") + "@"
	}
	if _, err := url.PathUnescape(a.user); err != nil {
		return nil, refuse("malformed user or password: write %%25 for %%")
	}
	for host := range strings.SplitSeq(a.hosts, ",") {
		if !validHost.MatchString(host) || !validPort(host) {
			return nil, refuse("malformed host or port")
		}
	}
	path, query, _ := strings.Cut(rest, "?")
	if _, err := url.PathUnescape(path); err != nil {
		return nil, refuse("malformed database")
	}
	a.path = path
	var err error
	a.params, err = parseParameters(query)
	return a, err
}

func parseParameters(query string) (list []parameter, err error) {
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if _, valueErr := url.QueryUnescape(value); err != nil || valueErr != nil || strings.Contains(part, ";") {
			return nil, refuse("malformed parameters")
		}
		list = append(list, parameter{name, value})
	}
	return list, nil
}

// validHost matches a name, an address, one of IPv6 in brackets, or the encoded path of a socket; nothing is the scheme's default.
var (
	validHost = regexp.MustCompile(`^(?:[0-9A-Za-z._%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$`)
	plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,30}$`)
)

func validPort(host string) bool {
	_, port, ok := strings.Cut(host[strings.LastIndexByte(host, ']')+1:], ":")
	n, err := strconv.Atoi(port)
	return !ok || err == nil && n > 0 && n < 1<<16
}

// cutBefore cuts s in front of the first of the characters.
func cutBefore(s, chars string) (before, after string) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// rules are what a scheme takes as parameters.
type rules struct {
	known    []string
	own      []string // those of this package: never in other case, never empty
	anyCase  bool     // the others may be in any case
	repeated string   // one that may be given several times
	secret   []string // whose values are passwords
	further  bool     // the server may know others, and judges them
}

// check refuses parameters that would have no effect, or another one than meant.
func (a *address) check(r rules) error {
	seen := make(map[string]bool)
	for _, p := range a.params {
		known := p.name
		for _, name := range r.known {
			if strings.EqualFold(name, p.name) {
				known = name
			}
		}
		own := slices.Contains(r.own, known)
		switch {
		case known != p.name && (own || !r.anyCase):
			return refuse("parameter %s is in the wrong case", known)
		case !slices.Contains(r.known, known) && !r.further:
			return refuse("unknown parameter%s; known are %s", a.quote(p.name, r), strings.Join(r.known, ", "))
		case own && p.value == "":
			return refuse("parameter %s is empty", known)
		case seen[known] && known != r.repeated:
			return refuse("parameter%s is given twice", a.quote(known, r))
		}
		seen[known] = true
	}
	return nil
}

// quote returns a parameter's name as it may be shown: if it cannot be a part of a password with a & in it.
func (a *address) quote(name string, r rules) string {
	secret := func(p parameter) bool {
		return slices.ContainsFunc(r.secret, func(name string) bool { return strings.EqualFold(name, p.name) })
	}
	if slices.Contains(r.known, name) || plainName.MatchString(name) && !slices.ContainsFunc(a.params, secret) {
		return fmt.Sprintf(" %q", name)
	}
	return ""
}

// get returns the value of one of the own parameters, decoded.
func (a *address) get(name, byDefault string) string {
	for _, p := range a.params {
		if p.name == name {
			value, _ := url.QueryUnescape(p.value) // parse has looked at it
			return value
		}
	}
	return byDefault
}

// without returns the URL without some parameters.
func (a *address) without(names ...string) string {
	var query []string
	for _, p := range a.params {
		if !slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, p.name) }) {
			query = append(query, url.QueryEscape(p.name)+"="+p.value)
		}
	}
	text := a.scheme + "://" + a.user + a.hosts + a.path
	if len(query) > 0 {
		text += "?" + strings.Join(query, "&")
	}
	return text
}

// withoutSecrets returns the URL without its parameters that are passwords or ours, and with another user and password: what a driver
// says of it may be shown.
func (a *address) withoutSecrets(r rules) string {
	b := *a
	if a.user != "" {
		b.user = "user:password@"
	}
	return b.without(slices.Concat(r.own, r.secret)...)
}
