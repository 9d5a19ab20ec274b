package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var laneIDs = []string{"atomicsession", "scs", "gorilla", "bridge"}

// A race is long enough for its requests to overlap on a busy machine. If they do not all the same, there is a next try.
const (
	testWork  = 200 * time.Millisecond
	testTries = 10
)

// testRun is one run, as a browser sees it.
type testRun struct {
	*client
	path string
}

func beginRun(c *client, loss string, work time.Duration) testRun {
	c.t.Helper()
	body := fmt.Sprintf(`{"loss":%q,"work":%d}`, loss, work.Milliseconds())
	return testRun{c, "/api/races/" + c.get("POST", "/api/races", body, http.StatusOK).Doc().Get("run").Str()}
}

// begin begins a lane's session.
func (r testRun) begin(lane string) {
	r.t.Helper()
	r.get("POST", r.path+"/"+lane, "", http.StatusOK)
}

// left is what is left of a lane's session.
func (r testRun) left(lane string) driver.Doc {
	r.t.Helper()
	return r.get("GET", r.path+"/"+lane, "", http.StatusOK).Doc()
}

// put makes a request for each query at once, all with the cookie that the browser has now, and returns what they were told.
func (r testRun) put(lane string, queries ...string) []told {
	r.t.Helper()
	all := make([]told, len(queries))
	var wg sync.WaitGroup
	for i, query := range queries {
		wg.Go(func() {
			resp, err := r.try("PUT", r.path+"/"+lane+query, "")
			if err != nil || resp.StatusCode != http.StatusOK || json.Unmarshal([]byte(resp.text), &all[i]) != nil {
				r.t.Errorf("%s: %s, %v", lane, resp.text, err)
			}
		})
	}
	wg.Wait()
	return all
}

func granted(all []told) (n int) {
	for _, one := range all {
		if one.OK {
			n++
		}
	}
	return n
}

// race runs one loss in one lane, and reports whether something was lost.
type race func(t *testing.T, r testRun, lane string) (lost bool)

func raceCounter(t *testing.T, r testRun, lane string) bool {
	all := r.put(lane, make([]string, 6)...)
	left := int(r.left(lane).Get("n").Int())
	if most := slices.MaxFunc(all, func(a, b told) int { return a.N - b.N }).N; left < 1 || left > most || most > len(all) {
		t.Errorf("%s: %d are left, and somebody was told %d", lane, left, most)
	}
	return left < len(all)
}

func raceCart(t *testing.T, r testRun, lane string) bool {
	all := r.put(lane, "?item=tea", "?item=coffee", "?item=a.b")
	for _, one := range all {
		if one.N < 1 || one.N > len(all) {
			t.Errorf("%s: %d items", lane, one.N)
		}
	}
	return r.left(lane).Get("items").Text() != `["a.b","coffee","tea"]`
}

func raceCode(t *testing.T, r testRun, lane string) bool {
	if !r.left(lane).Get("ok").Bool() {
		t.Errorf("%s: there is no code", lane)
	}
	got := granted(r.put(lane, make([]string, 5)...))
	if got < 1 || r.left(lane).Get("ok").Bool() {
		t.Errorf("%s: %d got the code, and it is still there", lane, got)
	}
	return got > 1
}

func raceTries(t *testing.T, r testRun, lane string) bool {
	checked := granted(r.put(lane, make([]string, 6)...))
	left := int(r.left(lane).Get("n").Int())
	if checked < 3 || left < 1 || left > checked {
		t.Errorf("%s: %d of 3 guesses were checked, %d are known", lane, checked, left)
	}
	return checked > 3
}

func raceLogout(t *testing.T, r testRun, lane string) bool {
	slow := make(chan response)
	go func() {
		resp, err := r.try("PUT", r.path+"/"+lane, "")
		if err != nil {
			t.Error(err)
		}
		slow <- resp
	}()
	if err := pause(t.Context(), testWork/2); err != nil {
		t.Error(err)
	}
	if !r.get("DELETE", r.path+"/"+lane, "", http.StatusOK).Doc().Get("ok").Bool() {
		t.Errorf("%s: not signed out", lane)
	}
	resp := <-slow
	back := r.left(lane).Get("ok").Bool()
	switch {
	case resp.StatusCode == http.StatusOK && strings.Contains(resp.text, `"ok":true`): // it came before the sign-out, or undid it
	case resp.StatusCode == http.StatusOK && strings.Contains(resp.text, `"ok":false`): // it came after it
	case resp.StatusCode == http.StatusGone && strings.Contains(resp.text, `"not_found"`) && (lane == "atomicsession" || lane == "bridge"):
	default:
		t.Errorf("%s: the slow request: %s %s", lane, resp.Status, resp.text)
	}
	return back
}

// TestRaces holds every race in every lane. This library loses nothing, ever. Who loses does so within a few tries.
func TestRaces(t *testing.T) {
	server := serve(t, nil)
	for loss, tc := range map[string]struct {
		race  race
		loses []string
	}{
		"counter": {raceCounter, []string{"scs", "gorilla", "bridge"}}, // of the same key the last write wins, with the bridge, too
		"cart":    {raceCart, []string{"scs", "gorilla"}},
		"code":    {raceCode, []string{"scs", "gorilla", "bridge"}},
		"tries":   {raceTries, []string{"scs", "gorilla", "bridge"}},
		"logout":  {raceLogout, []string{"scs", "gorilla"}},
	} {
		for _, lane := range laneIDs {
			t.Run(loss+"/"+lane, func(t *testing.T) {
				t.Parallel()
				loses, lost, tries := slices.Contains(tc.loses, lane), false, 3
				if loses {
					tries = testTries
				}
				for range tries {
					c := newClient(t, server)
					r := beginRun(c, loss, testWork)
					r.begin(lane)
					if lost = tc.race(t, r, lane); lost {
						break
					}
				}
				if lost != loses {
					t.Errorf("something was lost: %v, want %v", lost, loses)
				}
			})
		}
	}
}

// What a request says of when it was at work, and of what the store was asked.
func TestRaceTimes(t *testing.T) {
	r := beginRun(newClient(t, serve(t, nil)), "counter", 20*time.Millisecond)
	for lane, want := range map[string]string{
		"atomicsession": `^Update;dur=\d+\.\d\d$`,
		"scs":           `^Find;dur=\d+\.\d\d, Commit;dur=\d+\.\d\d$`,
		"gorilla":       `^cookie;desc="no store"$`,
		"bridge":        `^Load;dur=\d+\.\d\d, Update;dur=\d+\.\d\d$`,
	} {
		r.begin(lane)
		resp := r.send("PUT", r.path+"/"+lane, "")
		if got := resp.Header.Get("Server-Timing"); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: Server-Timing is %q", lane, got)
		}
		one := r.put(lane, "")[0]
		if one.N != 2 || !one.OK || one.From < 0 || one.To-one.From < 20 {
			t.Errorf("%s: %+v", lane, one)
		}
	}
}
