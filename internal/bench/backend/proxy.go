package backend

import (
	"net"
	"sync"
	"sync/atomic"
)

// proxy is a TCP proxy that counts what passes.
type proxy struct {
	listener   net.Listener
	target     string
	statements func() func([]byte) int // nil: they are not counted
	done       sync.WaitGroup

	sent, received, trips, commands atomic.Int64

	mu    sync.Mutex
	conns []net.Conn
}

func newProxy(target string, statements func() func([]byte) int) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, target: target, statements: statements}
	p.done.Go(p.accept)
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.done.Wait()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		p.link(client, server)
	}
}

// link passes data on, in both directions. A round trip begins when the client speaks after the server has.
func (p *proxy) link(client, server net.Conn) {
	var answered atomic.Bool
	answered.Store(true)
	count := func([]byte) int { return 0 }
	if p.statements != nil {
		count = p.statements()
	}
	p.done.Go(func() {
		forward(server, client, func(data []byte) {
			p.sent.Add(int64(len(data)))
			if answered.Swap(false) {
				p.trips.Add(1)
			}
			p.commands.Add(int64(count(data)))
		})
	})
	p.done.Go(func() {
		forward(client, server, func(data []byte) {
			p.received.Add(int64(len(data)))
			answered.Store(true)
		})
	})
}

// forward copies until either end is closed, and closes both.
func forward(to, from net.Conn, note func([]byte)) {
	defer to.Close()
	defer from.Close()
	data := make([]byte, 64<<10)
	for {
		n, err := from.Read(data)
		if err != nil {
			return
		}
		note(data[:n])
		if _, err := to.Write(data[:n]); err != nil {
			return
		}
	}
}
