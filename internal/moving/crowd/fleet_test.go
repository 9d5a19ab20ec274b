package crowd

import (
	"slices"
	"sync"
	"testing"
)

// fleet is the servers of an application.
type fleet struct {
	t       *testing.T
	config  config
	mu      sync.Mutex
	servers []*server      // those that live
	killed  map[int64]bool // by their numbers
}

func newFleet(t *testing.T, c config, servers int) *fleet {
	t.Helper()
	f := &fleet{t: t, config: c, killed: make(map[int64]bool)}
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
	return !f.killed[s.number()]
}

// kill kills one of the servers, unless it has been, and starts another one.
func (f *fleet) kill(victim *server) {
	f.t.Helper()
	f.mu.Lock()
	i := slices.Index(f.servers, victim)
	if i >= 0 {
		f.killed[victim.number()] = true
		f.servers = slices.Delete(f.servers, i, i+1)
	}
	f.mu.Unlock()
	if i < 0 {
		return
	}
	victim.kill()
	s := startServer(f.t, f.config)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.servers = append(f.servers, s)
}
