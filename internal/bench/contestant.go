package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// contestant is a peer that is being measured.
type contestant struct {
	peer.Peer
	target  target
	cookies map[int][]string // of visitors, by the size of their sessions
	closers []func()
}

func (c *contestant) close() {
	for _, f := range slices.Backward(c.closers) {
		f()
	}
}

// enter opens the peer's application.
func enter(ctx context.Context, p peer.Peer, url string, http bool) (_ *contestant, err error) {
	c := &contestant{Peer: p, cookies: make(map[int][]string)}
	app, err := p.Open(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("%s on %s: %w", p.Name, p.Store, err)
	}
	c.closers = append(c.closers, app.Close)
	if !http && app.Handler == nil {
		c.close()
		return nil, fmt.Errorf("%s can only be measured over HTTP", p.Name)
	}
	if !http {
		c.target = inProcess{app.Handler}
		return c, nil
	}
	target, closeTarget, err := dial(app)
	if err != nil {
		c.close()
		return nil, err
	}
	c.target, c.closers = target, append(c.closers, closeTarget)
	return c, nil
}

// enterAll opens the applications of a store: those of net/http handlers, or, over HTTP, those that fiber is compared with.
func enterAll(ctx context.Context, store, url string, http bool) (all []*contestant, err error) {
	for _, p := range peer.All(store) {
		if p.RacesOnly || p.Name == peer.Fiber && !http {
			continue
		}
		c, err := enter(ctx, p, url, http)
		if err != nil {
			closeAll(all)
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// takers returns the contestants that a cell measures.
func (c cell) takers(all []*contestant) []*contestant {
	return slices.DeleteFunc(slices.Clone(all), func(who *contestant) bool { return who.ReadsOnly && c.operation != result.Read })
}

func closeAll(all []*contestant) {
	for _, c := range all {
		c.close()
	}
}

// requests returns what n clients send again and again, each with a session of the size.
func (c *contestant) requests(ctx context.Context, operation string, size, n int) ([]func() error, error) {
	for len(c.cookies[size]) < n {
		cookie, err := c.target.send(ctx, "/fill?size="+strconv.Itoa(size), "")
		if err != nil {
			return nil, c.fault(err)
		}
		c.cookies[size] = append(c.cookies[size], cookie)
	}
	requests := make([]func() error, n)
	for i, cookie := range c.cookies[size][:n] {
		requests[i] = c.target.repeated(paths[operation], cookie)
	}
	return requests, nil
}

func (c *contestant) fault(err error) error { return fmt.Errorf("%s on %s: %w", c.Name, c.Store, err) }

func (c *contestant) who() result.Who { return result.Who{Peer: c.Name, Store: c.Store} }
