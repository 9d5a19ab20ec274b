package proof

import (
	"context"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
)

// tokenRow is the account of calls of a store of which each has met a fault.
type tokenRow struct {
	Store string `json:"store"`
	Fault string `json:"fault"`
	faults.Account
	ServerAtTenth int64   `json:"serverAtTenth"` // bytes of memory of servers, when a tenth of the calls had been made
	ServerAtEnd   int64   `json:"serverAtEnd"`
	Seconds       float64 `json:"seconds"`
}

// TestTokens has every call of a store meet a fault, and keeps account token by token.
func TestTokens(t *testing.T) {
	if linearizable.IsChild() {
		return
	}
	for _, c := range []struct {
		store, fault string
		calls        int // in a long run
		run          func(t *testing.T, calls int) faults.Account
	}{
		{"memory", "contexts", 1_000_000, func(t *testing.T, calls int) faults.Account {
			return faults.Interrupted(t, memory.Connect(t, memory.Start(t)), calls)
		}},
		{"SQLite", "contexts", 1_000_000, func(t *testing.T, calls int) faults.Account {
			return faults.Interrupted(t, sqlite.Connect(t, sqlite.Start(t)), calls)
		}},
		{"SQLite", "disk full", 20_000, fullDiskTokens},
		{"SQLite", "process killed", 2000, killedTokens},
		{"Redis", "network", 1_000_000, overNetwork(redis)},
		{"PostgreSQL", "network", 100_000, overNetwork(postgres)},
		{"MariaDB", "network", 100_000, overNetwork(mariadb)},
		{"MongoDB", "network", 100_000, overNetwork(mongodb)},
	} {
		t.Run(c.store+"/"+c.fault, func(t *testing.T) {
			calls := c.calls
			if !*prove {
				calls = min(calls/20, 1000)
			}
			began := time.Now()
			r := tokenRow{Store: c.store, Fault: c.fault}
			// In two parts, between which it is known how much memory the server has.
			var first, rest faults.Account
			t.Run("tenth", func(t *testing.T) { first = c.run(t, calls/10) })
			r.ServerAtTenth = serverMemory(t)
			t.Run("rest", func(t *testing.T) { rest = c.run(t, calls-calls/10) })
			r.ServerAtEnd = serverMemory(t)
			r.Account = first.Plus(rest)
			r.MemoryAtTenth, r.MemoryAtEnd = first.MemoryAtEnd, rest.MemoryAtEnd
			r.Seconds = time.Since(began).Seconds()
			t.Logf("%v; server %d MB, %d MB", r.Account, r.ServerAtTenth>>20, r.ServerAtEnd>>20)
			mu.Lock()
			defer mu.Unlock()
			seen.Tokens = append(seen.Tokens, r)
		})
	}
}

// overNetwork has every call meet a fault of the network before the server of the store, whose address is a URL.
func overNetwork(s linearizable.Store) func(t *testing.T, calls int) faults.Account {
	return func(t *testing.T, calls int) faults.Account {
		address, err := url.Parse(s.Start(t))
		if err != nil {
			t.Fatal(err)
		}
		return faults.Tokens(t, faults.Network{Addr: address.Host, Connect: func(tb testing.TB, addr string) driver.Store {
			there := *address
			there.Host = addr
			return s.Connect(tb, there.String())
		}}, calls)
	}
}

// fullDiskTokens fills the disk again and again while clients call.
func fullDiskTokens(t *testing.T, calls int) faults.Account {
	store, harm := fullDisk()
	s := store.Connect(t, store.Start(t))
	l := faults.NewLoad(t, s, 12)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	var changes atomic.Int64 // odd: the disk is full
	go func() {
		defer close(over)
		for ctx.Err() == nil {
			changes.Add(1)
			if err := harm(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
			changes.Add(1)
			pause(ctx, 20*time.Millisecond)
		}
	}()
	clients := make([]faults.Client, 8)
	for i := range clients {
		clients[i] = faults.Client{Store: s, Plan: func(ctx context.Context, call func(context.Context)) bool {
			before := changes.Load()
			call(ctx)
			return before%2 == 1 || changes.Load() > before
		}}
	}
	l.Run(calls, clients...)
	cancel()
	<-over
	return l.SettleAll()
}
