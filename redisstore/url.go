package redisstore

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// URLs have the same parameters but for these. Each is one that changes something: to take one that does not, or a misspelt one,
// would be to open another store than the one that was meant.
var (
	commonParameters = []string{
		"prefix", "timeout", "replicas", "cache_ttl", // ours
		"client_name", "dial_timeout", "protocol", "write_timeout", // those of rueidis
	}
	sentinelParameters = []string{"master_set", "sentinel_password"}
)

const (
	databaseParameter = "db" // in place of the path, which in the URL of a socket is the socket's
	tlsParameter      = "skip_verify"
)

// parameters returns the names of the parameters that URLs of the kind take, sorted.
func parameters(scheme, kind string) []string {
	known := slices.Clone(commonParameters)
	if kind != "cluster" {
		known = append(known, databaseParameter)
	}
	if isTLS(scheme) {
		known = append(known, tlsParameter)
	}
	if kind == "sentinel" {
		known = append(known, sentinelParameters...)
	}
	slices.Sort(known)
	return known
}

func isTLS(scheme string) bool { return scheme == "rediss" || scheme == "valkeys" }

// splitURL is what a URL says, before its meaning. Its user may be nil.
type splitURL struct {
	scheme, kind string
	user         *url.Userinfo
	hosts        []string
	path         string
	query        url.Values
}

// split takes a URL apart, with errors that hold nothing of it but names of parameters. Package net/url alone would not do: it quotes
// what it cannot read, knows one host, and drops what is malformed in a query.
func split(address string) (splitURL, error) {
	var s splitURL
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return s, errors.New("no scheme")
	}
	s.scheme, s.kind, ok = strings.Cut(scheme, "+")
	if !slices.Contains([]string{"redis", "rediss", "valkey", "valkeys", "unix"}, s.scheme) ||
		ok && (s.scheme == "unix" || s.kind != "cluster" && s.kind != "sentinel") {
		return s, errors.New("unknown scheme")
	}
	end := strings.IndexAny(rest+"/", "/?#")
	where, rest := rest[:end], rest[end:]
	if strings.Contains(rest, "@") {
		// Else what is in front of it could be taken for a path or a parameter, and be shown.
		return s, errors.New("a reserved character in user, password or a parameter: write %40 for @, %2F for /, %3F for ?, %23 for #")
	}
	if strings.Contains(rest, "#") {
		return s, errors.New("a # that is not written %23")
	}
	hosts := where
	if at := strings.LastIndexByte(where, '@'); at >= 0 {
		u, err := url.Parse(s.scheme + "://" + where[:at] + "@host")
		if err != nil {
			return s, errors.New("malformed user or password: percent-encode what is neither a letter nor a digit")
		}
		s.user, hosts = u.User, where[at+1:]
	}
	s.hosts = []string{hosts}
	if s.kind != "" {
		s.hosts = strings.Split(hosts, ",")
	}
	if slices.ContainsFunc(s.hosts, func(host string) bool { return !validHost(host, s.scheme, len(s.hosts) > 1) }) {
		return s, errors.New("malformed host or port")
	}
	path, query, _ := strings.Cut(rest, "?")
	var err error
	if s.path, err = url.PathUnescape(path); err != nil {
		return s, errors.New("malformed")
	}
	if s.query, err = url.ParseQuery(query); err != nil {
		return s, errors.New("malformed parameters")
	}
	return s, nil
}

// validHost reports whether host is a name or an address, with or without a port. One alone may be missing: it is localhost.
func validHost(host, scheme string, several bool) bool {
	if host == "" {
		return !several
	}
	if scheme == "unix" { // it has a path
		return false
	}
	u, err := url.Parse("redis://" + host)
	if err != nil || u.Host != host || u.User != nil || !ownName.MatchString(u.Hostname()) {
		return false
	}
	if port := u.Port(); port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		return err == nil && n > 0
	}
	return !strings.HasSuffix(host, ":")
}

// ownName matches names and addresses of hosts, but for those of IPv6 with a zone.
var ownName = regexp.MustCompile(`^[0-9A-Za-z._:-]+$`)

// checkQuery refuses what would have no effect, or another one than meant.
func (s splitURL) checkQuery() error {
	known := parameters(s.scheme, s.kind)
	for _, name := range slices.Sorted(maps.Keys(s.query)) {
		switch values := s.query[name]; {
		case !slices.Contains(known, name):
			return fmt.Errorf("unknown parameter%s; known are %s", s.quote(name), strings.Join(known, ", "))
		case len(values) > 1:
			return fmt.Errorf("parameter %s given %d times", name, len(values))
		case values[0] == "" && name != tlsParameter:
			return fmt.Errorf("parameter %s is empty", name)
		}
	}
	return nil
}

var plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,30}$`)

// quote returns a parameter's name as it may be shown: if it cannot be a part of a password with a & in it.
func (s splitURL) quote(name string) string {
	if s.query.Has("sentinel_password") || !plainName.MatchString(name) {
		return ""
	}
	return fmt.Sprintf(" %q", name)
}

// parseURL returns what the URL asks for. The error holds nothing of it that could be a password.
func parseURL(address string) (client rueidis.ClientOption, o Options, err error) {
	s, err := split(address)
	if err != nil {
		return client, o, err
	}
	if err := s.checkQuery(); err != nil {
		return client, o, err
	}
	q := s.query
	u := url.URL{Scheme: s.scheme, User: s.user, Host: s.hosts[0], Path: s.path}
	if s.scheme == "unix" {
		if len(s.path) < 2 {
			return client, o, errors.New("no path of a socket")
		}
	} else if u.Path == "/" {
		u.Path = ""
	} else if u.Path != "" && q.Has(databaseParameter) {
		return client, o, errors.New("the database stands in the path and in db")
	}
	for _, name := range []string{"dial_timeout", "write_timeout"} {
		if _, err := positive(q, name); err != nil {
			return client, o, err
		}
	}
	known := maps.Clone(q)
	known["addr"] = s.hosts[1:] // rueidis takes further hosts as parameters
	u.RawQuery = known.Encode()
	if client, err = rueidis.ParseURL(u.String()); err != nil { // its error quotes values
		return client, o, fmt.Errorf("malformed database or parameter: %s", blame(s, q))
	}
	if err := s.configure(&client); err != nil {
		return client, o, err
	}
	o, err = parseOptions(q)
	return client, o, err
}

// blame returns which of what rueidis reads it could not read.
func blame(s splitURL, q url.Values) string {
	if _, err := strconv.ParseBool(q.Get(tlsParameter)); q.Get(tlsParameter) != "" && err != nil {
		return tlsParameter + " is neither true nor false"
	}
	if s.scheme == "unix" {
		return "db is no number"
	}
	return "the database is no number"
}

// configure sets what rueidis does not read from a URL.
func (s splitURL) configure(client *rueidis.ClientOption) error {
	q := s.query
	client.DisableRetry = true
	client.AlwaysPipelining = true // or a call with a deadline does not notice that its context is canceled before it
	if client.SelectDB < 0 {
		return errors.New("the database is no number")
	}
	if p := q.Get("protocol"); p != "" && p != "2" && p != "3" {
		return errors.New("protocol is neither 2 nor 3")
	}
	switch s.kind {
	case "":
		client.ForceSingleClient = true
	case "cluster":
		if client.SelectDB != 0 {
			return errors.New("a cluster has no databases")
		}
	case "sentinel":
		if client.Sentinel.MasterSet == "" {
			return errors.New("no master_set")
		}
		client.Sentinel.Dialer.Timeout = cmp.Or(client.Dialer.Timeout, rueidis.DefaultDialTimeout) // else it has none
		client.Sentinel.TLSConfig, client.Sentinel.Username, client.Sentinel.Password = client.TLSConfig, client.Username, client.Password
		if q.Has("sentinel_password") {
			client.Sentinel.Username, client.Sentinel.Password = "", q.Get("sentinel_password")
		}
	}
	return nil
}

func parseOptions(q url.Values) (o Options, err error) {
	o.Prefix = q.Get("prefix")
	if o.Timeout, err = positive(q, "timeout"); err != nil {
		return o, err
	}
	if o.CacheTTL, err = positive(q, "cache_ttl"); err != nil {
		return o, err
	}
	if q.Has("replicas") {
		if o.Replicas, err = strconv.Atoi(q.Get("replicas")); err != nil || o.Replicas < 0 {
			return o, errors.New("replicas is no number")
		}
	}
	return o, nil
}

// positive reads a duration, 0 if there is none: 0 itself would be the default, which is not what it says.
func positive(q url.Values, name string) (time.Duration, error) {
	if !q.Has(name) {
		return 0, nil
	}
	d, err := time.ParseDuration(q.Get(name))
	if err != nil {
		return 0, fmt.Errorf("%s is no duration", name)
	}
	if d <= 0 {
		return 0, fmt.Errorf("%s is not above zero", name)
	}
	return d, nil
}
