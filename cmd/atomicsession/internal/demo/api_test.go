package demo

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

func TestSessionBeginsWithTheToken(t *testing.T) {
	server := serve(t, nil)
	c := newClient(t, server)
	const none = `{"exists":false,"id":"","user":"","data":{},"expires_at":null}`
	if got := c.send("GET", "/api/session", ""); got.text != none || got.Header.Get("Set-Cookie") != "" {
		t.Errorf("without a session: %s, cookie %q", got.text, got.Header.Get("Set-Cookie"))
	}
	if got := c.get("GET", "/api/devices", "", http.StatusOK).Text(); got != `{"devices":[]}` {
		t.Errorf("devices of nobody: %s", got)
	}
	if got := c.get("GET", "/api/session", "", http.StatusOK).Doc().Get("exists"); got.Bool() {
		t.Error("a read began a session")
	}
	c.begin()
	state := c.get("GET", "/api/session", "", http.StatusOK).Doc()
	if !state.Get("exists").Bool() || len(state.Get("id").Str()) != 22 || state.Get("user").Str() != "" {
		t.Errorf("session: %s", state.Text())
	}
	expires, err := time.Parse(time.RFC3339, state.Get("expires_at").Str())
	if err != nil || time.Until(expires) < 24*time.Hour {
		t.Errorf("expires_at: %s, %v", expires, err)
	}
	if again := c.begin().get("GET", "/api/session", "", http.StatusOK).Doc().Get("id"); again.Str() != state.Get("id").Str() {
		t.Error("a second token began a second session")
	}
}

func TestTake(t *testing.T) {
	c := newClient(t, serve(t, nil)).begin()
	c.update(`{"ops":[{"op":"set","path":"flash","value":{"text":"hi","at":1.0}},{"op":"set","path":"none","value":null}]}`)
	for _, tc := range []struct{ path, want string }{
		{"flash", `{"found":true,"value":{"at":1.0,"text":"hi"}}`},
		{"flash", `{"found":false,"value":null}`},
		{"none", `{"found":true,"value":null}`},
		{"none", `{"found":false,"value":null}`},
	} {
		if got := c.get("POST", "/api/session/take", `{"path":"`+tc.path+`"}`, http.StatusOK).Text(); got != tc.want {
			t.Errorf("take %s: %s, want %s", tc.path, got, tc.want)
		}
	}
	c.fails("POST", "/api/session/take", `{"path":"a..b"}`, http.StatusBadRequest, "path")
	c.fails("POST", "/api/session/take", `{}`, http.StatusBadRequest, "bad_request")
	c.fails("POST", "/api/session/take", `{"path":"a","value":1}`, http.StatusBadRequest, "bad_request")
}

func TestLife(t *testing.T) {
	c := newClient(t, serve(t, nil)).begin()
	c.update(`{"ops":[{"op":"set","path":"x","value":1}]}`)
	id := func(v driver.Value) string { return v.Doc().Get("id").Str() }

	touched := c.get("POST", "/api/session/touch", "", http.StatusOK)
	renewed := c.get("POST", "/api/session/renew", "{}", http.StatusOK)
	if id(renewed) != id(touched) || renewed.Doc().Get("data").Text() != `{"x":1}` {
		t.Errorf("renewed: %s, was %s", renewed.Text(), touched.Text())
	}
	c.fails("POST", "/api/session/touch", "", http.StatusForbidden, "csrf") // the token is of the old secret
	c.begin()

	fresh := c.get("POST", "/api/session/regenerate", "", http.StatusOK)
	if id(fresh) == id(renewed) || fresh.Doc().Get("data").Text() != "{}" {
		t.Errorf("reset: %s, was %s", fresh.Text(), renewed.Text())
	}
	c.begin()

	c.fails("DELETE", "/api/session", `{"now":true}`, http.StatusBadRequest, "bad_request")
	if gone := c.get("DELETE", "/api/session", "", http.StatusOK).Doc(); gone.Get("exists").Bool() {
		t.Errorf("destroyed: %s", gone.Text())
	}
	c.fails("POST", "/api/session/update", `{"ops":[]}`, http.StatusForbidden, "csrf")
	if state := c.get("GET", "/api/session", "", http.StatusOK).Doc(); state.Get("exists").Bool() {
		t.Errorf("after the end: %s", state.Text())
	}
}

func TestDevices(t *testing.T) {
	server := serve(t, nil)
	login := func(user string) *client {
		c := newClient(t, server).begin()
		c.agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
		c.update(`{"ops":[{"op":"set","path":"kept","value":true}]}`)
		state := c.get("POST", "/api/login", `{"user":"`+user+`"}`, http.StatusOK).Doc()
		if state.Get("user").Str() != user || !state.Lookup("data.kept").Bool() {
			t.Errorf("signed in: %s", state.Text())
		}
		return c.begin()
	}
	c := newClient(t, server).begin()
	c.fails("DELETE", "/api/devices", "", http.StatusBadRequest, "bad_request")
	c.fails("POST", "/api/login", `{"user":""}`, http.StatusBadRequest, "bad_request")
	c.fails("POST", "/api/login", `{"user":" \t "}`, http.StatusBadRequest, "bad_request")
	c.fails("POST", "/api/login", `{"user":42}`, http.StatusBadRequest, "bad_request")
	c.fails("POST", "/api/login", `{"user":"a\u0000"}`, http.StatusBadRequest, "bad_value")
	c.fails("POST", "/api/login", `{"user":"`+strings.Repeat("x", driver.MaxUser+1)+`"}`, http.StatusBadRequest, "bad_value")

	first, second, third, stranger := login("42"), login("42"), login("42"), login("7")
	list := first.get("GET", "/api/devices", "", http.StatusOK).Doc().Get("devices").Elems()
	if len(list) != 3 {
		t.Fatalf("%d devices, want 3", len(list))
	}
	self := first.get("GET", "/api/session", "", http.StatusOK).Doc().Get("id").Str()
	for _, d := range list {
		if d.Doc().Get("current").Bool() != (d.Doc().Get("id").Str() == self) {
			t.Errorf("current is wrong in %s", d.Text())
		}
		if got := d.Doc().Get("label").Str(); got != "Firefox on Linux" {
			t.Errorf("label %q in %s", got, d.Text())
		}
		if d.Doc().Get("methods").Text() != `["name"]` || !strings.HasPrefix(d.Doc().Get("user_agent").Str(), "Mozilla/5.0 (X11; ") {
			t.Errorf("sign-in in %s", d.Text())
		}
		for _, name := range []string{"created", "last_used", "expires", "authenticated"} {
			if _, err := time.Parse(time.RFC3339, d.Doc().Get(name).Str()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}

	secondID := second.get("GET", "/api/session", "", http.StatusOK).Doc().Get("id").Str()
	stranger.fails("DELETE", "/api/devices/"+secondID, "", http.StatusGone, "not_found")
	first.fails("DELETE", "/api/devices/nonsense", "", http.StatusGone, "not_found")
	if got := first.get("DELETE", "/api/devices/"+secondID, "", http.StatusOK).Text(); got != `{"revoked":1}` {
		t.Errorf("revoke: %s", got)
	}
	first.fails("DELETE", "/api/devices/"+secondID, "", http.StatusGone, "not_found")
	if second.get("GET", "/api/session", "", http.StatusOK).Doc().Get("exists").Bool() {
		t.Error("the revoked session lives")
	}
	if got := first.get("DELETE", "/api/devices", "", http.StatusOK).Text(); got != `{"revoked":1}` {
		t.Errorf("revoke all others: %s", got)
	}
	for _, tc := range []struct {
		c    *client
		want bool
	}{{first, true}, {third, false}, {stranger, true}} {
		if got := tc.c.get("GET", "/api/session", "", http.StatusOK).Doc().Get("exists").Bool(); got != tc.want {
			t.Errorf("exists: %v, want %v", got, tc.want)
		}
	}
}

// TestEnded sends what belongs to a session that has ended, or has a new secret, meanwhile: cookie and token are its own.
func TestEnded(t *testing.T) {
	server := serve(t, nil)
	for name, end := range map[string]func(id string, own *client){
		"logout": func(_ string, own *client) { own.get("DELETE", "/api/session", "", http.StatusOK) },
		"renew":  func(_ string, own *client) { own.get("POST", "/api/session/renew", "", http.StatusOK) },
		"revocation": func(id string, _ *client) {
			other := newClient(t, server).begin()
			other.get("POST", "/api/login", `{"user":"ann"}`, http.StatusOK)
			other.begin().get("DELETE", "/api/devices/"+id, "", http.StatusOK)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, server).begin()
			id := c.get("POST", "/api/login", `{"user":"ann"}`, http.StatusOK).Doc().Get("id").Str()
			c.begin()
			late := c.copy()
			end(id, c)
			for _, r := range []struct{ method, path, body string }{
				{"POST", "/api/session/update", `{"ops":[{"op":"inc","path":"n","value":1}]}`},
				{"POST", "/api/session/take", `{"path":"n"}`},
				{"POST", "/api/session/renew", ""},
				{"POST", "/api/session/touch", ""},
				{"POST", "/api/login", `{"user":"ann"}`},
				{"POST", "/api/order", ""},
				{"DELETE", "/api/devices", ""},
				{"DELETE", "/api/session", ""},
			} {
				switch {
				case name == "renew" && r.path == "/api/login": // see below
				case name == "renew" && r.path == "/api/devices": // whose devices, it cannot tell
					late.fails(r.method, r.path, r.body, http.StatusBadRequest, "bad_request")
				default:
					late.fails(r.method, r.path, r.body, http.StatusGone, "not_found")
				}
			}
			forger := late.copy()
			forger.csrf = "token"
			forger.fails("POST", "/api/session/touch", "", http.StatusForbidden, "csrf")
			if name == "renew" { // the visitor may sign in again all the same
				late.get("POST", "/api/login", `{"user":"ann"}`, http.StatusOK)
			}
		})
	}
}

func TestRouting(t *testing.T) {
	c := newClient(t, serve(t, nil)).begin()
	c.fails("GET", "/api/nothing", "", http.StatusNotFound, "bad_request")
	c.fails("POST", "/api/nothing", "", http.StatusNotFound, "bad_request")
	c.fails("GET", "/api/session/update", "", http.StatusMethodNotAllowed, "bad_request")
	c.fails("PUT", "/api/session", "", http.StatusMethodNotAllowed, "bad_request")
	c.fails("GET", "/api/races/nothing/scs", "", http.StatusNotFound, "bad_request")
	if allow := c.send("PUT", "/api/session", "").Header.Get("Allow"); allow != "DELETE, GET, HEAD" {
		t.Errorf("Allow: %q", allow)
	}
	if got := c.send("HEAD", "/api/session", ""); got.StatusCode != http.StatusOK || got.text != "" {
		t.Errorf("HEAD: %s %q", got.Status, got.text)
	}
}

// failing is a store whose every update fails with an error.
type failing struct {
	driver.Store
	err error
}

func (f failing) Update(context.Context, time.Time, driver.Key, *driver.Update) (driver.Result, error) {
	return driver.Result{}, f.err
}

func TestStoreErrors(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	for _, tc := range []struct {
		err    error
		status int
		code   string
	}{
		{driver.ErrUnavailable, http.StatusServiceUnavailable, "store"},
		{driver.ErrFull, http.StatusServiceUnavailable, "store"},
		{driver.ErrCorrupt, http.StatusServiceUnavailable, "store"},
		{context.DeadlineExceeded, http.StatusServiceUnavailable, "store"},
		{driver.ErrUnknownOutcome, http.StatusServiceUnavailable, "unknown_outcome"},
		{driver.ErrNotFound, http.StatusGone, "not_found"},
	} {
		c := newClient(t, serve(t, failing{memstore.New(nil), tc.err})).begin()
		c.fails("POST", "/api/session/update", `{"ops":[{"op":"set","path":"x","value":1}]}`, tc.status, tc.code)
	}
	if strings.Contains(log.String(), "session store failed") {
		t.Errorf("a demo without a Logger logs %s", &log)
	}
}
