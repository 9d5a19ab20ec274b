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
	const pages, work = 5, 20 * time.Millisecond
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
		o, err := RunPages(t.Context(), Site{server.URL, server.Client().Transport}, 3, pages, work)
		if err != nil || o.Held != o.Of || o.Of != 3*pages {
			t.Errorf("%+v, %v", o, err)
		}
		if together := o.Took < pages*work; together == locked {
			t.Errorf("locked %v: %v", locked, o.Took)
		}
	}
}

// TestCount tells what was refused from what failed.
func TestCount(t *testing.T) {
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/state":
			_, _ = w.Write([]byte(`{"n": 1}`))
		case r.URL.Path == "/inc":
			n++
			w.WriteHeader([]int{http.StatusOK, http.StatusOK, http.StatusGone, http.StatusInternalServerError, http.StatusFound}[n-1])
		}
	}))
	t.Cleanup(server.Close)
	o, err := RunCounter(t.Context(), Site{server.URL, server.Client().Transport}, 1, 5, 0)
	if want := (Outcome{Race: Counter, Clients: 1, Held: 1, Of: 2, Refused: 1, Failed: 2}); err != nil || o != want {
		t.Errorf("%+v, %v, want %+v", o, err, want)
	}
}
