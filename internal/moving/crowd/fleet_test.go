package crowd

import (
	"math/rand/v2"
	"sync"
	"testing"
)

// fleet is the servers of an application.
type fleet struct {
	t       *testing.T
	config  config
	mu      sync.Mutex
	servers []*server
	killed  *server // the last one
}

func newFleet(t *testing.T, c config, servers int) *fleet {
	t.Helper()
	f := &fleet{t: t, config: c}
	for range servers {
		f.servers = append(f.servers, startServer(t, c))
	}
	return f
}

// pick returns a server that lives.
func (f *fleet) pick(n int) *server {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.servers[n%len(f.servers)]
}

func (f *fleet) lives(s *server) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return s != f.killed
}

// kill kills one of the servers.
func (f *fleet) kill() {
	f.mu.Lock()
	i := rand.IntN(len(f.servers))
	f.killed = f.servers[i]
	f.servers = append(f.servers[:i:i], f.servers[i+1:]...)
	f.mu.Unlock()
	f.killed.kill()
}

// replace starts another one for it.
func (f *fleet) replace() {
	f.t.Helper()
	s := startServer(f.t, f.config)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.servers = append(f.servers, s)
}
