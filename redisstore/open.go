package redisstore

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
)

// Open connects to the servers that the URL names and returns a store on them, which the caller closes.
//
//	redis://user:password@host:port/db      one server; rediss:// with TLS, unix:///path?db=n by a socket
//	redis+cluster://a:port,b:port,c:port    a cluster, found by any of its nodes; rediss+cluster:// with TLS
//	redis+sentinel://a:port,b:port/db?master_set=name
//	                                        what the sentinels say is the master; rediss+sentinel:// with TLS
//
// The query may hold prefix, timeout, replicas and cache_ttl for [Options], where opts leaves them at their default, and what
// [rueidis.ParseURL] knows. A sentinel gets the same user and password unless sentinel_password is given.
//
// The error matches [driver.ErrUnavailable] if no server answers or none accepts the password. It never holds the password.
func Open(address string, opts *Options) (*Store, error) {
	client, o, err := parseURL(address)
	if err != nil {
		return nil, err
	}
	if opts != nil {
		o = opts.over(o)
	}
	c, err := rueidis.NewClient(client)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", driver.ErrUnavailable, quiet(err))
	}
	s, err := New(c, &o)
	if err != nil {
		c.Close()
		return nil, err
	}
	s.owned = true
	return s, nil
}

// over returns o with the other's values where o has none.
func (o Options) over(other Options) Options {
	if o.Prefix == "" {
		o.Prefix = other.Prefix
	}
	if o.Timeout == 0 {
		o.Timeout = other.Timeout
	}
	if o.Replicas == 0 {
		o.Replicas = other.Replicas
	}
	if o.CacheTTL == 0 {
		o.CacheTTL = other.CacheTTL
	}
	return o
}

func parseURL(address string) (rueidis.ClientOption, Options, error) {
	fail := func(what string) (rueidis.ClientOption, Options, error) { // without the URL: it may hold a password
		return rueidis.ClientOption{}, Options{}, errors.New("redisstore: URL: " + what)
	}
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return fail("no scheme")
	}
	scheme, kind, _ := strings.Cut(scheme, "+")
	hosts := []string{""}
	if kind != "" { // rueidis takes further hosts as parameters
		userinfo, where := "", rest
		end := strings.IndexAny(rest, "/?")
		if end < 0 {
			end = len(rest)
		}
		where, rest = rest[:end], rest[end:]
		if at := strings.LastIndexByte(where, '@'); at >= 0 {
			userinfo, where = where[:at+1], where[at+1:]
		}
		hosts = strings.Split(where, ",")
		rest = userinfo + hosts[0] + rest
	}
	u, err := url.Parse(scheme + "://" + rest)
	if err != nil {
		return fail("malformed")
	}
	q := u.Query()
	for _, host := range hosts[1:] {
		q.Add("addr", host)
	}
	u.RawQuery = q.Encode()
	client, err := rueidis.ParseURL(u.String())
	if err != nil {
		return fail("scheme, database or a parameter is not valid")
	}
	client.DisableRetry = true
	client.AlwaysPipelining = true // or a call with a deadline does not notice that its context is canceled before it
	client.DisableCache = q.Get("cache_ttl") == ""
	switch kind {
	case "":
		client.ForceSingleClient = client.Sentinel.MasterSet == ""
	case "cluster":
		if client.SelectDB != 0 {
			return fail("a cluster has no databases")
		}
	case "sentinel":
		if client.Sentinel.MasterSet == "" {
			return fail("no master_set")
		}
		client.Sentinel.TLSConfig, client.Sentinel.Username, client.Sentinel.Password = client.TLSConfig, client.Username, client.Password
		if q.Has("sentinel_password") {
			client.Sentinel.Username, client.Sentinel.Password = "", q.Get("sentinel_password")
		}
	default:
		return fail("unknown scheme")
	}
	o, err := parseOptions(q)
	if err != nil {
		return fail(err.Error())
	}
	return client, o, nil
}

func parseOptions(q url.Values) (Options, error) {
	o := Options{Prefix: q.Get("prefix")}
	var err error
	if q.Has("timeout") {
		if o.Timeout, err = time.ParseDuration(q.Get("timeout")); err != nil {
			return o, errors.New("timeout is no duration")
		}
	}
	if q.Has("cache_ttl") {
		if o.CacheTTL, err = time.ParseDuration(q.Get("cache_ttl")); err != nil {
			return o, errors.New("cache_ttl is no duration")
		}
	}
	if q.Has("replicas") {
		if o.Replicas, err = strconv.Atoi(q.Get("replicas")); err != nil {
			return o, errors.New("replicas is no number")
		}
	}
	return o, nil
}
