package atomicsession_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
)

// visitor is somebody at a browser that shows pages of a site and follows redirects.
type visitor struct {
	t      testing.TB
	server *httptest.Server
	client *http.Client
	at     string // the address of the page that is shown
}

func newVisitor(t testing.TB, site http.Handler) *visitor {
	server := httptest.NewTLSServer(site)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := server.Client()
	client.Jar = jar
	return &visitor{t, server, client, ""}
}

// navigate opens a page, which is a path or an address of the site, and returns what is on it.
func (v *visitor) navigate(method, page, referer string) string {
	v.t.Helper()
	resp := v.send(method, page, http.Header{
		"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Site": {"same-origin"}, "Referer": {referer},
	})
	defer resp.Body.Close()
	v.at = resp.Request.URL.String()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return string(text)
}

// fetch sends a script's request and returns the status.
func (v *visitor) fetch(page string) int {
	v.t.Helper()
	resp := v.send(http.MethodGet, page, http.Header{"Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Site": {"same-origin"}})
	resp.Body.Close()
	return resp.StatusCode
}

func (v *visitor) send(method, page string, h http.Header) *http.Response {
	v.t.Helper()
	if !strings.HasPrefix(page, "https:") {
		page = v.server.URL + page
	}
	req, err := http.NewRequest(method, page, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header = h
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp
}
