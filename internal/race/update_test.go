package race

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

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
	all, err := firstRequests(t.Context(), Site{server.URL, server.Client().Transport}, 5, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Outcome{Race: First, Clients: 1, Held: 2, Of: 2, Refused: 1, Failed: 2}); all[0] != want {
		t.Errorf("%+v, want %+v", all[0], want)
	}
}
