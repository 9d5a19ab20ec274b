package demo

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// A run has sessions of its own, which end with it.
func TestRunsApart(t *testing.T) {
	store := memstore.New(nil)
	c := newClient(t, serve(t, store)).begin()
	c.update(`{"ops":[{"op":"set","path":"visits","value":7}]}`)
	first, second := beginRun(c, "counter", 0), beginRun(c, "counter", 0)
	for _, lane := range laneIDs {
		first.begin(lane)
		second.begin(lane)
		first.put(lane, "")
		if a, b := first.left(lane).Get("n").Int(), second.left(lane).Get("n").Int(); a != 1 || b != 0 {
			t.Errorf("%s: %d and %d", lane, a, b)
		}
	}
	if got := c.data().Text(); got != `{"visits":7}` {
		t.Errorf("the visitor's session is %s", got)
	}
	sessions := func() int {
		list, err := store.List(t.Context(), time.Now(), "", driver.ID{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	u := c.url()
	u.Path = first.path + "/scs"
	if before, cookies := sessions(), len(c.http.Jar.Cookies(u)); before != 3 || cookies != 5 {
		t.Errorf("%d sessions, %d cookies", before, cookies)
	}
	c.get("DELETE", first.path, "", http.StatusOK)
	if after, cookies := sessions(), len(c.http.Jar.Cookies(u)); after != 2 || cookies != 1 {
		t.Errorf("the run is over: %d sessions, %d cookies", after, cookies)
	}
	c.fails("GET", first.path+"/scs", "", http.StatusNotFound, "bad_request")
	c.fails("DELETE", first.path, "", http.StatusNotFound, "bad_request")
	second.left("scs")
}

func TestBadRaces(t *testing.T) {
	c := newClient(t, serve(t, nil))
	for _, body := range []string{
		``, `{`, `{"loss":"counter"}`, `{"work":1}`, `{"loss":"all","work":1}`, `{"loss":"counter","work":-1}`,
		`{"loss":"counter","work":1001}`, `{"loss":"counter","work":1.5}`, `{"loss":"counter","work":1,"more":1}`,
	} {
		c.fails("POST", "/api/races", body, http.StatusBadRequest, "bad_request")
	}
	c.fails("POST", "/api/races", strings.Repeat("x", maxBody+1), http.StatusRequestEntityTooLarge, "too_large")
	r := beginRun(c, "cart", 0)
	c.fails("PUT", r.path+"/fiber", "", http.StatusNotFound, "bad_request")
	c.fails("PUT", r.path+"/scs", "", http.StatusBadRequest, "bad_request")
	c.fails("PUT", r.path+"/scs?item="+strings.Repeat("x", mostItem+1), "", http.StatusBadRequest, "bad_request")
	c.fails("DELETE", r.path+"/scs", "", http.StatusBadRequest, "bad_request")
	c.fails("PATCH", r.path+"/scs", "", http.StatusMethodNotAllowed, "bad_request")

	req, err := http.NewRequestWithContext(t.Context(), "POST", c.base+"/api/races", strings.NewReader(`{"loss":"cart","work":1}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := exchange(&c.http, req)
	if err != nil || resp.StatusCode != http.StatusForbidden || !strings.Contains(resp.text, `"csrf"`) {
		t.Errorf("from another site: %s, %v", resp.text, err)
	}
}

// The oldest run has to go for a new one, an old one goes by itself, and none takes requests for ever.
func TestRunsAreBounded(t *testing.T) {
	var rs runs
	rs.config.Store = memstore.New(nil)
	var ids []string
	for range mostRuns + 1 {
		id, err := rs.begin("counter", 0)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if _, err := rs.find(ids[0]); err == nil || len(rs.list) != mostRuns {
		t.Errorf("%d runs, the first: %v", len(rs.list), err)
	}
	r, err := rs.find(ids[1])
	if err != nil {
		t.Fatal(err)
	}
	r.requests = mostRequests
	if _, err := rs.find(ids[1]); err == nil {
		t.Error("it takes more requests than it may")
	}
	r.began = time.Now().Add(-runAge - time.Second)
	if _, err := rs.find(ids[2]); err != nil || len(rs.list) != mostRuns-1 {
		t.Errorf("%d runs, %v", len(rs.list), err)
	}
}
