package scsbridge_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/memstore"
)

// Two processes over one store, many requests: no acknowledged Put is lost while the session lives, and nothing lives after its end.
func TestHistory(t *testing.T) {
	t.Parallel()
	for round := range 60 {
		store := memstore.New(nil)
		from := withContext{newFormer()}
		managers := make([]*scs.SessionManager, 2)
		var first *scsbridge.Bridge
		before := scs.New()
		before.Store = from
		token := begin(t, before, map[string]any{"user": 7})
		for i := range managers {
			managers[i], first = newManager(t, store, &scsbridge.Options{From: from})
			managers[i].IdleTimeout = []time.Duration{0, time.Minute}[round%2]
		}
		var mu sync.Mutex
		current, acknowledged, ended := token, map[string]bool{}, false
		var group sync.WaitGroup
		for g := range 6 {
			group.Go(func() {
				sm := managers[g%2]
				for i := range 6 {
					mu.Lock()
					mine := current
					mu.Unlock()
					ctx, err := sm.Load(t.Context(), mine)
					if err != nil {
						t.Error(err)
						return
					}
					if sm.GetInt(ctx, "user") != 7 {
						continue
					}
					key := fmt.Sprint(g, "-", i)
					kind := rand.IntN(20)
					if g == 0 && kind < 5 {
						if err := sm.RenewToken(ctx); err != nil {
							t.Error(err)
						}
					}
					if kind == 19 && round%3 == 0 && g == 5 {
						if sm.Destroy(ctx) == nil {
							mu.Lock()
							ended = true
							mu.Unlock()
						}
						continue
					}
					sm.Put(ctx, key, 1)
					token, _, err := sm.Commit(ctx)
					mu.Lock()
					if err == nil {
						acknowledged[key] = true
						if g == 0 {
							current = token
						}
					}
					mu.Unlock()
				}
			})
		}
		group.Wait()
		ctx := load(t, managers[0], current)
		all, err := first.All()
		check(t, err)
		if ended {
			if len(all) != 0 {
				t.Errorf("round %d: ended, and %d live", round, len(all))
			}
			continue
		}
		for key := range acknowledged {
			if managers[0].GetInt(ctx, key) != 1 {
				t.Errorf("round %d: %s is lost", round, key)
			}
		}
		if len(all) != 1 {
			t.Errorf("round %d: %d sessions", round, len(all))
		}
	}
}

// What the bridge remembers of requests is there as long as they need it, however often memory is collected.
func TestCollectedMemory(t *testing.T) {
	t.Parallel()
	sm, _ := newManager(t, memstore.New(nil), nil)
	stop := make(chan struct{})
	var collect sync.WaitGroup
	collect.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	})
	for visitor := range 8 {
		t.Run(strconv.Itoa(visitor), func(t *testing.T) {
			t.Parallel()
			wantKeys := map[string]any{"v": visitor}
			token := begin(t, sm, wantKeys)
			for i := range 60 {
				ctx := load(t, sm, token)
				switch i % 6 {
				case 2:
					check(t, sm.RenewToken(ctx))
				case 3:
					check(t, sm.Destroy(ctx))
					wantKeys = map[string]any{}
				case 4:
					check(t, sm.RenewToken(ctx))
					commit(t, sm, ctx)
					check(t, sm.RenewToken(ctx))
				}
				sm.Put(ctx, fmt.Sprint(i), visitor)
				wantKeys[fmt.Sprint(i)] = visitor
				token = commit(t, sm, ctx)
				want(t, sm, token, wantKeys)
			}
		})
	}
	t.Cleanup(func() {
		close(stop)
		collect.Wait()
	})
}
