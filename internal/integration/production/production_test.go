package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The page has what is tested here, to the letter.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/production.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"main.go", "site.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(page, []byte("```go\n"+string(source)+"```\n")) {
			t.Errorf("docs/production.md does not have %s as it is", file)
		}
	}
}

func newKey(b byte) atomicsession.SigningKey { return bytes.Repeat([]byte{b, ^b}, 16) }

func TestParseKeys(t *testing.T) {
	one, two := newKey(1), newKey(2)
	keys, err := parseKeys(base64.StdEncoding.EncodeToString(one) + "," + base64.StdEncoding.EncodeToString(two))
	if err != nil || len(keys) != 2 || !bytes.Equal(keys[0], one) || !bytes.Equal(keys[1], two) {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if _, err := parseKeys("no key"); err == nil {
		t.Error("what is not base64 is a key")
	}
}

// deployment is the program behind a proxy that ends TLS and rewrites the Host header, and one browser.
type deployment struct {
	t       *testing.T
	file    string
	proxy   *httptest.Server
	target  string
	browser *http.Client
}

func deploy(t *testing.T) *deployment {
	d := &deployment{t: t, file: filepath.Join(t.TempDir(), "sessions.db")}
	transport := &http.Transport{DisableKeepAlives: true}
	d.proxy = httptest.NewTLSServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: d.target})
		},
		Transport: transport,
	})
	t.Cleanup(d.proxy.Close)
	d.browser = d.proxy.Client()
	d.browser.Timeout = 30 * time.Second
	var err error
	if d.browser.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	return d
}

// start runs the program until stop is called, which waits for it to end in good order.
func (d *deployment) start(keys ...atomicsession.SigningKey) (stop func()) {
	d.t.Helper()
	listener, err := new(net.ListenConfig).Listen(d.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		d.t.Fatal(err)
	}
	d.target = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, listener, config{file: d.file, origin: d.proxy.URL, keys: keys}) }()
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			d.t.Error(err)
		}
		ended <- nil // for the second call
	}
	d.t.Cleanup(stop)
	return stop
}

func (d *deployment) do(method, path, origin string, form url.Values) (status int, header http.Header, body string) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.proxy.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("User-Agent", "Testfox")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", origin)
	}
	resp, err := d.browser.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

func (d *deployment) get(path string) string {
	d.t.Helper()
	status, _, body := d.do(http.MethodGet, path, "", nil)
	if status != http.StatusOK {
		d.t.Errorf("GET %s: %d", path, status)
	}
	return body
}

// post sends the form of the page at from, and returns the page that answers.
func (d *deployment) post(from, path string, form url.Values) string {
	d.t.Helper()
	_, rest, _ := strings.Cut(d.get(from), `name="csrf_token" value="`)
	token, _, _ := strings.Cut(rest, `"`)
	form.Set("csrf_token", token)
	if status, _, _ := d.do(http.MethodPost, path, "https://elsewhere.example", form); status != http.StatusForbidden {
		d.t.Errorf("POST %s from elsewhere: %d", path, status)
	}
	status, _, body := d.do(http.MethodPost, path, d.proxy.URL, form)
	if status != http.StatusOK {
		d.t.Errorf("POST %s: %d", path, status)
	}
	return body
}

func (d *deployment) wantHome(want string) {
	d.t.Helper()
	if body := d.get("/"); !strings.Contains(body, want) {
		d.t.Errorf("the page is %s, want one with %q", body, want)
	}
}

func TestSite(t *testing.T) {
	d := deploy(t)
	one, two, three := newKey(1), newKey(2), newKey(3)
	stop := d.start(one)
	if _, header, _ := d.do(http.MethodGet, "/", "", nil); header.Get("Set-Cookie") != "" {
		t.Error("a visit begins a session")
	}
	if body := d.get("/healthz"); body != "" {
		t.Errorf("health: %s", body)
	}
	ann := url.Values{"name": {"ann"}, "password": {"correct horse"}}
	if page := d.post("/login", "/login", ann); !strings.Contains(page, "Hello ann") || !strings.Contains(page, "Testfox (here)") {
		t.Errorf("after the sign-in: %s", page)
	}
	stop()

	// A restart ends no session, and neither does the rotation of the keys. Replacing them all does.
	for _, keys := range [][]atomicsession.SigningKey{{one, two}, {two, one}, {two}} {
		stop = d.start(keys...)
		d.wantHome("Hello ann")
		stop()
	}
	stop = d.start(three)
	d.wantHome("Sign in")
	stop()

	d.start(two)
	if page := d.post("/login", "/login", ann); !strings.Contains(page, "Hello ann") {
		t.Errorf("after the second sign-in: %s", page)
	}
	if page := d.post("/", "/logout", url.Values{}); !strings.Contains(page, "You have signed out.") {
		t.Errorf("after the sign-out: %s", page)
	}
	if page := d.get("/"); strings.Contains(page, "You have signed out.") || !strings.Contains(page, "Sign in") {
		t.Errorf("the page after that: %s", page)
	}
}

// "Remember me" is what makes a cookie outlive the browser.
func TestRemember(t *testing.T) {
	d := deploy(t)
	d.start(newKey(1))
	d.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for remember, want := range map[string]bool{"": false, "on": true} {
		_, rest, _ := strings.Cut(d.get("/login"), `name="csrf_token" value="`)
		token, _, _ := strings.Cut(rest, `"`)
		_, header, _ := d.do(http.MethodPost, "/login", d.proxy.URL, url.Values{
			"csrf_token": {token}, "name": {"ann"}, "password": {"correct horse"}, "remember": {remember},
		})
		if cookie := header.Get("Set-Cookie"); cookie == "" || strings.Contains(cookie, "Max-Age") != want {
			t.Errorf("remember %q: the cookie is %s", remember, cookie)
		}
	}
}

// A shutdown does not wait for streams to end by themselves.
func TestShutdown(t *testing.T) {
	d := deploy(t)
	stop := d.start(newKey(1))
	resp, err := d.browser.Get(d.proxy.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	if !lines.Scan() || lines.Text() != "data: 0" {
		t.Fatalf("the first event is %q, %v", lines.Text(), lines.Err())
	}
	begin := time.Now()
	stop()
	if took := time.Since(begin); took > 15*time.Second {
		t.Errorf("the shutdown took %v", took)
	}
	for lines.Scan() {
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the stream was cut: %v", err)
	}
}
