package scsbridge

import (
	"runtime"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/memstore"
)

// What the bridge remembers of requests goes with them.
func TestMemory(t *testing.T) {
	t.Parallel()
	sm := scs.New()
	b := Use(sm, memstore.New(nil), nil)
	request := func(token string, end func()) string {
		ctx, err := sm.Load(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		sm.Put(ctx, "a", 1)
		if token, _, err = sm.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		end()
		sm.Put(ctx, "a", 2) // scs keeps what it has until here
		return token
	}
	remembered := func() int { return b.found.Len() + b.encoded.Len() + b.bases.Len() + b.requests.Len() }
	token := request("", func() {})
	request(token, func() {
		for range 1000 {
			request(token, func() {})
		}
		runtime.GC()
		ctx, err := sm.Load(t.Context(), token)
		if err != nil || sm.GetInt(ctx, "a") != 1 {
			t.Errorf("the session is lost: %v", err)
		}
	})
	for end := time.Now().Add(30 * time.Second); remembered() > 0; runtime.GC() { // cleanups have a goroutine of their own
		if time.Now().After(end) {
			t.Fatalf("%d entries are left", remembered())
		}
	}
}
