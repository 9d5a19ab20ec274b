package etcdstore

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

type dialer func(ctx context.Context, address string) (net.Conn, error)

func dialTCP(ctx context.Context, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

// connections are those of a client, which makes all calls over the same one: also when the peer has vanished, until TCP notices.
type connections struct {
	dial dialer
	mu   sync.Mutex
	all  map[*connection]bool
}

type connection struct {
	net.Conn
	of    *connections
	heard atomic.Int64 // when something was last read, in nanoseconds
}

func (c *connections) open(ctx context.Context, address string) (net.Conn, error) {
	conn, err := c.dial(ctx, address)
	if err != nil {
		return nil, err
	}
	one := &connection{Conn: conn, of: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all[one] = true
	return one, nil
}

// silence is how long nothing must have come in for a connection to be given up with a call that waited for it.
const silence = 100 * time.Millisecond

// closeSilent ends the connections on which nothing has come in since a call began, if the call was given up.
func (c *connections) closeSilent(ctx context.Context, began time.Time) {
	if ctx.Err() == nil || time.Since(began) < silence {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for one := range c.all {
		if one.heard.Load() < began.UnixNano() {
			_ = one.Conn.Close() // the client meets it, and makes a new one
		}
	}
}

func (c *connection) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.heard.Store(time.Now().UnixNano())
	return n, err
}

func (c *connection) Close() error {
	c.of.mu.Lock()
	delete(c.of.all, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
