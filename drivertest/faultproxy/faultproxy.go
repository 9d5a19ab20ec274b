// Package faultproxy is a TCP proxy that makes a network fail in the ways that matter to a client: before the server has
// seen a request, in the middle of one, after it has acted on it but before the reply, late, or never with an answer at all. It is for
// tests, and knows no protocol.
//
//	p, err := faultproxy.New(serverAddress)
//	...
//	defer p.Close()
//	client := connect(p.Addr()) // in the place of serverAddress
//	met := p.Once(faultproxy.DropReply, "SET cart")
//	err = client.Do("SET cart 1") // the server has done it, and the client cannot know
//
// Package faults, beside it, uses it to prove stores.
//
// A request is what one read from the client's connection returns. So the proxy is for clients that send a request and wait for its reply:
// then each comes in one piece if it has less than 256 KiB. What a client sends by itself, such as the greeting on a new connection or a
// question whether the server is well, is a request, too. TLS works, but a plan sees only that there is a request.
package faultproxy

import (
	"bytes"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

// Fault is what happens to one request.
type Fault int

// The faults.
const (
	// None lets the request and its reply through.
	None Fault = iota
	// DropRequest closes the connection instead of passing the request on.
	DropRequest
	// DropReply passes the request on, waits until the server has begun to answer, and closes the connection without a byte
	// of it.
	DropReply
	// CutRequest passes half of the request on, and closes the connection.
	CutRequest
	// CutReply passes the request on, and half of what the server answers first, and closes the connection.
	CutReply
	// StallRequest keeps the request from the server; [Proxy.Release] passes it on, late, and lets the reply through. The
	// client's end of the connection may be closed by then.
	StallRequest
	// LateRequest closes the client's connection, and passes the request on when Release is called: one that was still in
	// some buffer when the client gave up. [Proxy.Delivered] counts those that the server has answered.
	LateRequest
	// StallReply passes the request on and keeps the reply from the client until Release.
	StallReply
	// HalfOpen passes nothing on and answers nothing, and the connection stays open: a peer that has vanished.
	HalfOpen
	// EditReply passes the request on and gives the client what the function of [Proxy.Edit] makes of the reply.
	EditReply
)

var faultNames = [...]string{
	"no fault", "request dropped", "reply dropped", "request cut", "reply cut", "request stalled", "request late", "reply stalled", "half open",
	"reply edited",
}

// String returns the fault in words, such as "request dropped".
func (f Fault) String() string {
	if f < 0 || int(f) >= len(faultNames) {
		return fmt.Sprintf("fault %d", int(f))
	}
	return faultNames[f]
}

// Proxy passes connections on to a server. Its methods are safe for concurrent use.
type Proxy struct {
	listener net.Listener
	done     sync.WaitGroup

	quit chan struct{} // closed by Close

	mu      sync.Mutex
	target  string
	plan    func(request []byte) Fault
	edit    func(reply []byte) []byte
	release chan struct{} // closed by Release
	conns   map[net.Conn]struct{}
	down    bool
	late    int
}

// New starts a proxy on a free port of 127.0.0.1 for the server at target, a host and port. Close it.
func New(target string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		listener: l,
		target:   target,
		quit:     make(chan struct{}),
		release:  make(chan struct{}),
		conns:    make(map[net.Conn]struct{}),
	}
	p.done.Go(p.accept)
	return p, nil
}

// Addr returns where the proxy listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Plan has fate decide what happens to each request from now on; nil lets all through. It is called with the bytes of the request, which it
// must not keep or change, one call at a time, and the request waits for it. It may do something else first, such as to change what the
// server holds past the proxy, but not call methods of p. Requests of a connection that has met its fault are not asked about, but for
// those after [CutReply] and the stalls.
func (p *Proxy) Plan(fate func(request []byte) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan = fate
}

// Once plans the fault for the first request that contains the text. The function it returns reports whether there was one.
func (p *Proxy) Once(fault Fault, text string) (met func() bool) {
	var hit atomic.Bool
	p.Plan(func(request []byte) Fault {
		if !bytes.Contains(request, []byte(text)) || hit.Swap(true) {
			return None
		}
		return fault
	})
	return hit.Load
}

// Edit has edit change the replies to requests that meet EditReply from now on. It is called with what one read from the
// server returned first after the request: the whole reply if it is small and no other is on its way.
func (p *Proxy) Edit(edit func(reply []byte) []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.edit = edit
}

// Move has the proxy pass connections that are made from now on to another server, and leaves those that it has where they are: an
// address that goes over to another machine.
func (p *Proxy) Move(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

func (p *Proxy) currentTarget() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.target
}

// Release ends all stalls.
func (p *Proxy) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.release)
	p.release = make(chan struct{})
}

// Delivered returns how many late requests the server has answered.
func (p *Proxy) Delivered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.late
}

// SetDown cuts all connections and refuses new ones, until it is called with false.
func (p *Proxy) SetDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
	if down {
		for c := range p.conns {
			_ = c.Close()
		}
	}
}

// Close stops the proxy, cuts its connections and waits for its goroutines.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	close(p.quit)
	p.SetDown(true)
	p.done.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		if !p.track(client) {
			continue
		}
		p.done.Go(func() {
			defer p.untrack(client)
			server, err := net.Dial("tcp", p.currentTarget())
			if err != nil || !p.track(server) {
				return
			}
			defer p.untrack(server)
			(&link{Proxy: p, client: client, server: server}).run()
		})
	}
}

// track reports whether the connection may live, and closes it if not.
func (p *Proxy) track(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		_ = c.Close()
		return false
	}
	p.conns[c] = struct{}{}
	return true
}

func (p *Proxy) untrack(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// fate asks the plan about a request. The channel is closed when a stall that begins now ends.
func (p *Proxy) fate(request []byte) (Fault, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.plan == nil {
		return None, p.release
	}
	return p.plan(request), p.release
}

func (p *Proxy) edited(reply []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.edit(reply)
}

func (p *Proxy) delivered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late++
}
