package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/race"
)

// TestCheck holds the check of the contract to finding what an application does not do.
func TestCheck(t *testing.T) {
	for _, broken := range []string{"", "/inc", "/set", "/take", "/login", "/logout", "/slow", "/page", "/state", "/renew", "/revoke"} {
		t.Run("without "+broken, func(t *testing.T) {
			app, err := peer.All(peer.Memory)[0].Open(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(app.Close)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != broken { // what is broken answers 200, and does nothing
					app.Handler.ServeHTTP(w, r)
				}
			}))
			t.Cleanup(server.Close)
			err = race.Check(t.Context(), race.Site{URL: server.URL, Transport: server.Client().Transport})
			if (err == nil) != (broken == "") {
				t.Error(err)
			}
		})
	}
}
