package redisstore

import (
	"context"
	"crypto/tls"
	"net"
	"sync"

	"github.com/redis/rueidis"
)

// dials ends what a client is doing to connect for the first time when a context ends, for which rueidis has no way: dialing, and
// waiting for what a server answers to the greeting on a connection that is there.
type dials struct {
	ctx  context.Context
	dial func(context.Context, string, *net.Dialer, *tls.Config) (net.Conn, error)

	mu    sync.Mutex
	ended bool
	stops []func() bool // one for each connection
}

// boundDials has the client's connections bounded by ctx until end is called.
func boundDials(ctx context.Context, client *rueidis.ClientOption) *dials {
	d := &dials{ctx: ctx, dial: client.DialCtxFn}
	if d.dial == nil {
		d.dial = dialTCP
	}
	client.DialCtxFn = d.connect
	return d
}

// dialTCP does what rueidis does without a function to dial.
func dialTCP(ctx context.Context, addr string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
	if config != nil {
		return (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, "tcp", addr)
	}
	return dialer.DialContext(ctx, "tcp", addr)
}

func (d *dials) connect(ctx context.Context, addr string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
	d.mu.Lock()
	ended := d.ended
	d.mu.Unlock()
	if ended {
		return d.dial(ctx, addr, dialer, config)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.ctx, cancel)()
	conn, err := d.dial(ctx, addr, dialer, config)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.ended {
		d.stops = append(d.stops, context.AfterFunc(d.ctx, func() { _ = conn.Close() }))
	}
	return conn, nil
}

// end lets the connections outlive the context.
func (d *dials) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	for _, stop := range d.stops {
		stop()
	}
	d.stops = nil
}
