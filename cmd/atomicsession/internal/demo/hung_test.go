package demo

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// hanging is a store whose next update, once it is armed, gets no answer.
type hanging struct {
	driver.Store
	armed   atomic.Bool
	entered chan struct{}
}

func (s *hanging) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if s.armed.CompareAndSwap(true, false) {
		close(s.entered)
		<-ctx.Done()
		return driver.Result{}, ctx.Err()
	}
	return s.Store.Update(ctx, now, k, u)
}

// A request that hangs in the store is answered with 503 in the end, and meanwhile keeps nobody waiting: neither its own visitor nor
// others.
func TestHungRequest(t *testing.T) {
	t.Parallel()
	const update = `{"ops":[{"op":"inc","path":"n","value":1}]}`
	for _, lane := range []bool{false, true} {
		store := &hanging{Store: memstore.New(nil), entered: make(chan struct{})}
		server, _ := serveOptions(t, store, Options{StoreTimeout: 2 * time.Second})
		c, other := newClient(t, server).begin(), newClient(t, server).begin()
		r := beginRun(c, "counter", 0)
		r.begin("atomicsession")
		method, path, body := "POST", "/api/session/update", update
		if lane {
			method, path, body = "PUT", r.path+"/atomicsession", ""
		}
		store.armed.Store(true)
		hung := make(chan response)
		go func() {
			resp, err := c.try(method, path, body)
			if err != nil {
				t.Error(err)
			}
			hung <- resp
		}()
		<-store.entered
		c.update(update)
		other.update(update)
		r.put("atomicsession", "")
		resp := <-hung
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("lane %v: %s, Retry-After %q: %s", lane, resp.Status, resp.Header.Get("Retry-After"), resp.text)
		}
	}
}
