package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
)

// Open connects to the servers that the URL names and returns a store on them, which the caller closes. ctx, and the client's
// dial_timeout of 5 s for each server, bound the connecting alone: the store and later connections outlive ctx.
//
//	redis://user:password@host:port/db      one server; rediss:// with TLS, unix:///path?db=n by a socket
//	redis+cluster://a:port,b:port,c:port    a cluster, found by any of its nodes; rediss+cluster:// with TLS
//	redis+sentinel://a:port,b:port/db?master_set=name
//	                                        what the sentinels say is the master; rediss+sentinel:// with TLS
//
// What is neither a letter nor a digit is percent-encoded in user, password and parameters. The query may hold prefix, timeout,
// replicas and cache_ttl for [Options], where opts leaves them at their default (each means the same wherever it stands), and for the
// client (see [rueidis.ParseURL]) client_name, dial_timeout, write_timeout, protocol (3, or 2 if there is no cache), db in place of the
// path, and with TLS skip_verify. A sentinel gets the same user and password unless sentinel_password is given. A parameter that is none
// of these, or that the scheme has no use for, in other case, given twice or empty is an error, or the store would be another than the
// one meant.
//
// The error matches [driver.ErrUnavailable] if no server answers or none accepts the password, and ctx.Err() if ctx has ended; if
// it does not match driver.ErrUnavailable, the URL or opts are not valid, and nothing was connected to. It is one line, and never
// holds the password.
func Open(ctx context.Context, address string, opts *Options) (*Store, error) {
	client, o, err := parseURL(address)
	if err != nil {
		return nil, fmt.Errorf("redisstore: URL: %w", err)
	}
	if opts != nil {
		o = opts.over(o)
	}
	s, err := New(nil, &o)
	if err != nil {
		return nil, err
	}
	if err := o.shape(&client); err != nil {
		return nil, err
	}
	if s.client, err = connect(ctx, client); err != nil {
		return nil, fmt.Errorf("%w: %w", driver.ErrUnavailable, err)
	}
	s.owned = true
	s.warnOfEviction(ctx, cmp.Or(o.Logger, slog.Default()))
	return s, nil
}

// connect returns a connected client. Its error may be shown.
func connect(ctx context.Context, client rueidis.ClientOption) (rueidis.Client, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	dials := boundDials(ctx, &client)
	c, err := rueidis.NewClient(client)
	dials.end()
	if ended := ctx.Err(); ended != nil { // connections may have been cut meanwhile
		if err == nil {
			c.Close()
		}
		return nil, ended
	}
	if err != nil {
		return nil, quiet(nil, err)
	}
	return c, nil
}

// shape makes of the client what the options ask for, whichever way they were given.
func (o Options) shape(client *rueidis.ClientOption) error {
	client.DisableCache = o.CacheTTL == 0
	if o.CacheTTL > 0 && client.AlwaysRESP2 {
		return errors.New("redisstore: CacheTTL: with protocol 2 no server tells of changes")
	}
	return nil
}

// over returns o with the other's values where o has none.
func (o Options) over(other Options) Options {
	o.Prefix = cmp.Or(o.Prefix, other.Prefix)
	o.Timeout = cmp.Or(o.Timeout, other.Timeout)
	o.Replicas = cmp.Or(o.Replicas, other.Replicas)
	o.CacheTTL = cmp.Or(o.CacheTTL, other.CacheTTL)
	return o
}
