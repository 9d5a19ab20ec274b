package demo

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/memstore"
)

func TestHeaders(t *testing.T) {
	c := newClient(t, serve(t, nil))
	for _, path := range []string{"/", "/app.css", "/app.js", "/api/session", "/api/nothing", "/nothing"} {
		h := c.send("GET", path, "").Header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		} {
			if got := h.Get(name); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		want := "no-cache"
		if strings.HasPrefix(path, "/api/") {
			want = "no-store"
		}
		if got := h.Get("Cache-Control"); got != want && path != "/nothing" { // the file server drops it from errors
			t.Errorf("%s: Cache-Control is %q", path, got)
		}
	}
	page := c.send("GET", "/", "")
	if page.Header.Get("Set-Cookie") != "" || page.Header.Get("Vary") != "" {
		t.Errorf("the page uses the session: %v", page.Header)
	}
	if got := c.send("POST", "/", ""); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST /: %s", got.Status)
	}
}

// TestHost sends requests for other names than the server's, as a page does whose name points to this machine.
func TestHost(t *testing.T) {
	for host, want := range map[string]int{
		"127.0.0.1:8080": http.StatusOK, "127.0.0.2": http.StatusOK, "[::1]:8080": http.StatusOK, "localhost:8080": http.StatusOK,
		"example.com": http.StatusMisdirectedRequest, "localhost.example.com:8080": http.StatusMisdirectedRequest,
		"192.0.2.1:8080": http.StatusMisdirectedRequest, "": http.StatusMisdirectedRequest,
	} {
		for _, opts := range []Options{{InsecureHTTP: true}, {Loopback: true}} {
			d, err := New(memstore.New(nil), opts)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/session", nil)
			r.Host = host
			w := httptest.NewRecorder()
			d.Handler().ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("host %q: %d, want %d", host, w.Code, want)
			}
		}
	}
}

func TestSecureCookies(t *testing.T) {
	d, err := New(memstore.New(nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	d.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/api/csrf", nil))
	cookie := w.Result().Cookies()[0]
	if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure || !cookie.HttpOnly {
		t.Errorf("cookie: %s", cookie)
	}
}

// TestLargeBody sends all of a body that is refused before looking for the answer, as many clients do.
func TestLargeBody(t *testing.T) {
	c := newClient(t, serve(t, nil)).begin()
	for _, tc := range []struct{ token, answer string }{
		{c.csrf, "HTTP/1.1 413 "},
		{"", "HTTP/1.1 403 "},
	} {
		host := strings.TrimPrefix(c.base, "http://")
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		const size = 16 << 20
		head := fmt.Sprintf("POST /api/session/update HTTP/1.1\r\nHost: %s\r\nX-CSRF-Token: %s\r\nContent-Length: %d\r\n", host, tc.token, size)
		for _, cookie := range c.http.Jar.Cookies(c.url()) {
			head += "Cookie: " + cookie.String() + "\r\n"
		}
		_, err = io.WriteString(conn, head+"\r\n"+strings.Repeat("x", size))
		if err != nil {
			t.Errorf("%q: sent not all: %v", tc.answer, err)
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, tc.answer) {
			t.Errorf("got %q, %v, want %q", line, err, tc.answer)
		}
	}
}
