package demo

import (
	"net/http"
	"strings"
	"testing"
)

func TestCSRF(t *testing.T) {
	server := serve(t, nil)
	c, other := newClient(t, server).begin(), newClient(t, server).begin()
	for _, tc := range []struct{ name, token string }{
		{"none", ""}, {"malformed", "token"}, {"of another session", other.csrf},
	} {
		c := &client{t: t, base: c.base, http: c.http, csrf: tc.token}
		for _, r := range []struct{ method, path string }{
			{"POST", "/api/session/update"},
			{"POST", "/api/session/take"},
			{"POST", "/api/session/renew"},
			{"POST", "/api/session/regenerate"},
			{"POST", "/api/session/touch"},
			{"DELETE", "/api/session"},
			{"POST", "/api/login"},
			{"POST", "/api/order"},
			{"DELETE", "/api/devices"},
			{"DELETE", "/api/devices/x"},
			{"PUT", "/api/nothing"},
			{"PATCH", "/api/session"},
		} {
			c.fails(r.method, r.path, `{"ops":[{"op":"set","path":"x","value":1}]}`, http.StatusForbidden, "csrf")
		}
	}
	if got := c.data().Text(); got != "{}" {
		t.Errorf("a denied request left %s", got)
	}

	request, err := http.NewRequestWithContext(t.Context(), "POST", c.base+"/api/session/touch", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-CSRF-Token", c.csrf)
	request.Header.Set("Origin", "https://elsewhere.example")
	resp, err := c.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("from another origin: %s", resp.Status)
	}

	request, err = http.NewRequestWithContext(t.Context(), "GET", c.base+"/api/csrf", nil) // which would begin a session
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	request.Header.Set("Sec-Fetch-Mode", "cors")
	answer, err := exchange(&http.Client{}, request)
	if err != nil || answer.StatusCode != http.StatusForbidden || !strings.Contains(answer.text, `"code":"csrf"`) || answer.Header.Get("Retry-After") != "" {
		t.Errorf("a session for another site: %s, %s, %v", answer.Status, answer.text, err)
	}
}
