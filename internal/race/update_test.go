package race

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// counting is a site that answers to its increments with these statuses, one after the other, and counts those that applied tells.
func counting(t *testing.T, applied func(status int) bool, statuses ...int) Site {
	t.Helper()
	var requests, count atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/state":
			fmt.Fprintf(w, `{"n": %d}`, count.Load())
		case "/inc":
			status := statuses[requests.Add(1)-1]
			if applied(status) {
				count.Add(1)
			}
			w.WriteHeader(status)
		}
	}))
	t.Cleanup(server.Close)
	return Site{server.URL, server.Client().Transport}
}

// TestCount tells what was refused from what failed.
func TestCount(t *testing.T) {
	site := counting(t, func(status int) bool { return status == http.StatusOK },
		http.StatusOK, http.StatusOK, http.StatusGone, http.StatusInternalServerError, http.StatusFound)
	all, err := counter(t.Context(), site, 1, 5, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Outcome{Race: Counter, Clients: 1, Held: 2, Of: 2, Refused: 1, Failed: 2}); all[0] != want {
		t.Errorf("%+v, want %+v", all[0], want)
	}
}

// TestCountTooMuch finds a site that has changed something and says that it has not.
func TestCountTooMuch(t *testing.T) {
	site := counting(t, func(int) bool { return true }, http.StatusOK, http.StatusGone)
	if _, err := counter(t.Context(), site, 1, 2, 0); err == nil || !strings.Contains(err.Error(), "2 were counted") {
		t.Error(err)
	}
}
