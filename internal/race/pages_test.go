package race

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// TestPages has pages that wait for each other take as long as all of them together.
func TestPages(t *testing.T) {
	const n, work = 5, 20 * time.Millisecond
	for _, locked := range []bool{false, true} {
		var mu sync.Mutex
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if locked {
				mu.Lock()
				defer mu.Unlock()
			}
			if r.URL.Path == "/page" {
				time.Sleep(work)
			}
		}))
		t.Cleanup(server.Close)
		all, err := pages(t.Context(), Site{server.URL, server.Client().Transport}, 3, n, work)
		if err != nil {
			t.Fatal(err)
		}
		o := all[0]
		if !o.AllHeld() || o.Of != 3*n {
			t.Errorf("%+v", o)
		}
		if together := o.Took < n*work; together == locked {
			t.Errorf("locked %v: %v", locked, o.Took)
		}
	}
}
