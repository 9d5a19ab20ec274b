package bench

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

const (
	clients  = 32
	requests = 50
	races    = 100
)

// parallel calls f for each client at once and waits.
func parallel(n int, f func(i int)) {
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() { f(i) })
	}
	done.Wait()
}

// TestNothingLost has 32 requests of one browser at a time, each with a change of its own: 1600 changes, of which none may be
// missing. So many are what the usual libraries lose nine in ten of.
func TestNothingLost(t *testing.T) {
	for name, pause := range map[string]time.Duration{"at once": 0, "handlers that take 5 ms": 5 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			sessions := manage(t, server(t))
			count := atomicsession.NewCounter("count")
			mux := http.NewServeMux()
			mux.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(pause)
				if err := sessions.Get(r.Context()).Update(r.Context(), count.Inc(1)); err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
				}
			})
			var total int64
			mux.HandleFunc("/read", func(w http.ResponseWriter, r *http.Request) {
				var err error
				if total, _, err = count.Get(r.Context(), sessions.Get(r.Context())); err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
				}
			})
			v := &visitor{handler: sessions.Middleware(mux)}
			if err := v.get("/count"); err != nil {
				t.Fatal(err)
			}
			parallel(clients, func(int) {
				mine := *v
				for range requests {
					if err := mine.get("/count"); err != nil {
						t.Error(err)
					}
				}
			})
			if err := v.get("/read"); err != nil {
				t.Fatal(err)
			}
			if want := int64(clients*requests + 1); total != want {
				t.Errorf("%d of %d changes are there", total, want)
			}
		})
	}
}

// TestNothingReturns signs out while slower requests of the same browser are still writing.
func TestNothingReturns(t *testing.T) {
	sessions := manage(t, server(t))
	user := atomicsession.NewKey[string]("user")
	var returned atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/in", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Renew(r.Context(), user.Set("ann")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		s := sessions.Get(r.Context())
		if _, ok, err := user.Get(r.Context(), s); err != nil || !ok {
			return
		}
		time.Sleep(2 * time.Millisecond)
		s.Update(r.Context(), user.Set("ann")) //nolint:errcheck // ErrNotFound if the session has ended by now
	})
	mux.HandleFunc("/out", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Millisecond)
		if err := sessions.Get(r.Context()).Destroy(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("/who", func(_ http.ResponseWriter, r *http.Request) {
		if _, ok, _ := user.Get(context.WithoutCancel(r.Context()), sessions.Get(r.Context())); ok {
			returned.Add(1)
		}
	})
	handler := sessions.Middleware(mux)
	for range races {
		v := &visitor{handler: handler}
		if err := v.get("/in"); err != nil {
			t.Fatal(err)
		}
		parallel(8, func(i int) {
			mine := *v
			path := "/slow"
			if i == 0 {
				path = "/out"
			}
			if err := mine.get(path); err != nil {
				t.Error(err)
			}
		})
		if err := v.get("/who"); err != nil {
			t.Fatal(err)
		}
	}
	if n := returned.Load(); n > 0 {
		t.Errorf("%d of %d sessions came back after they had been ended", n, races)
	}
}
