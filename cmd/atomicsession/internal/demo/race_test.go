package demo

import (
	"net/http"
	"sync"
	"testing"
)

// TestRace does what the page does: fifty requests through the client's six connections.
func TestRace(t *testing.T) {
	c := newClient(t, serve(t, nil)).begin()
	c.fails("POST", "/api/race/loadsave", "", http.StatusBadRequest, "bad_request")
	const requests = 50
	for range 2 { // the second run begins at zero
		c.get("POST", "/api/race", "", http.StatusOK)
		for _, lane := range []string{"atomic", "loadsave"} {
			var wg sync.WaitGroup
			for range requests {
				wg.Go(func() {
					if resp, err := c.try("POST", "/api/race/"+lane, ""); err != nil || resp.StatusCode != http.StatusOK {
						t.Errorf("%s: %s, %v", lane, resp.text, err)
					}
				})
			}
			wg.Wait()
		}
		kept := c.get("GET", "/api/race", "", http.StatusOK).Doc()
		if got := kept.Get("atomic").Int(); got != requests {
			t.Errorf("atomic kept %d of %d", got, requests)
		}
		if got := kept.Get("loadsave").Int(); got < 1 || got >= requests {
			t.Errorf("load-modify-save kept %d of %d: the comparison shows nothing", got, requests)
		}
	}
}

// TestLogoutRace signs out while a slow request is under way. How it ends for the session that is loaded and saved
// depends on the order of two requests, so it may take a few tries to show; the other must never fail.
func TestLogoutRace(t *testing.T) {
	c := newClient(t, serve(t, nil)).begin()
	run := func(lane string) (back bool) {
		path := "/api/logout-race/" + lane
		c.get("POST", path, "", http.StatusOK)
		slow := make(chan struct{})
		go func() {
			defer close(slow)
			if _, err := c.try("PUT", path, ""); err != nil {
				t.Error(err)
			}
		}()
		if err := pause(t.Context(), slowWork/3); err != nil {
			t.Fatal(err)
		}
		c.get("DELETE", path, "", http.StatusOK)
		<-slow
		return c.get("GET", path, "", http.StatusOK).Doc().Get("signed_in").Bool()
	}
	if run("atomic") {
		t.Error("a slow request brought the session back")
	}
	for range 10 {
		if run("loadsave") {
			return
		}
	}
	t.Error("the session that is loaded and saved never came back: the comparison shows nothing")
}
