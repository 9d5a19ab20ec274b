package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain looks for goroutines left behind, but for two: one that the Redis client leaves asleep for a second after its Close, and the
// one that scs.New starts for a memory store, for good.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"),
		goleak.IgnoreAnyFunction("github.com/alexedwards/scs/v2/memstore.(*MemStore).startCleanup"))
}

// startDemo runs the demo over a memory store until stop is called, which returns its exit status.
func startDemo(t *testing.T, args ...string) (url string, stop func() int) {
	t.Helper()
	lines, stop := startDemoPrinting(t, 1, args...)
	return strings.TrimPrefix(lines[0], "atomicsession demo: "), stop
}

// startDemoPrinting is startDemo, and returns the first n lines that it prints.
func startDemoPrinting(t *testing.T, n int, args ...string) (lines []string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stdout, printed := io.Pipe()
	var stderr bytes.Buffer
	status := make(chan int, 1)
	go func() {
		status <- Run(ctx, append([]string{"demo", "--addr", "127.0.0.1:0", "--store", "memory:"}, args...), Environment{Stdout: printed, Stderr: &stderr})
		_ = printed.Close()
	}()
	for text := bufio.NewScanner(stdout); len(lines) < n; lines = append(lines, text.Text()) {
		if !text.Scan() {
			cancel()
			t.Fatalf("the demo ended with status %d: %s", <-status, stderr.String())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	return lines, func() int {
		cancel()
		return <-status
	}
}

// newClient returns a client that keeps cookies, trusting the certificate if there is one, and a new session's token.
func newClient(t *testing.T, url string, certificate *x509.Certificate) (*http.Client, string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	if certificate != nil {
		roots := x509.NewCertPool()
		roots.AddCert(certificate)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Jar: jar, Transport: transport}
	var csrf struct{ Token string }
	if err := json.Unmarshal(request(t, client, "GET", url+"/api/csrf", ""), &csrf); err != nil {
		t.Fatal(err)
	}
	return client, csrf.Token
}

func request(t *testing.T, client *http.Client, method, url, csrf string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-CSRF-Token", csrf)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s, %v", method, url, resp.Status, body, err)
	}
	return body
}

// TestShutdown stops the demo while a handler is reading a request, which still gets its answer.
func TestShutdown(t *testing.T) {
	url, stop := startDemo(t)
	client, csrf := newClient(t, url, nil)
	client.Transport.(*http.Transport).ExpectContinueTimeout = time.Minute

	reading := make(chan struct{})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(reading) }})
	body, sent := io.Pipe()
	req, err := http.NewRequestWithContext(ctx, "POST", url+"/api/session/update", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Expect", "100-continue")
	req.Header.Set("X-CSRF-Token", csrf)
	answer := make(chan string)
	go func() {
		resp, err := client.Do(req)
		if err != nil {
			answer <- err.Error()
			return
		}
		_ = resp.Body.Close()
		answer <- resp.Status
	}()
	<-reading

	status := make(chan int)
	go func() { status <- stop() }()
	for { // until the demo takes no more connections
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			break
		}
		_ = conn.Close()
	}
	if _, err := io.WriteString(sent, `{"ops":[{"op":"set","path":"x","value":1}]}`); err != nil {
		t.Fatal(err)
	}
	_ = sent.Close()
	if got := <-answer; got != "200 OK" {
		t.Errorf("the request was answered with %s", got)
	}
	if got := <-status; got != 0 {
		t.Errorf("status %d", got)
	}
}

// A browser opens connections before it needs them. The end is a regular one all the same.
func TestShutdownUnused(t *testing.T) {
	url, stop := startDemo(t)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client, _ := newClient(t, url, nil) // by now the server has the connection before
	client.CloseIdleConnections()
	if status := stop(); status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestTLS(t *testing.T) {
	certificate, certFile, keyFile := selfSigned(t)
	url, stop := startDemo(t, "--tls-cert", certFile, "--tls-key", keyFile)
	if !strings.HasPrefix(url, "https://") {
		t.Errorf("the URL is %s", url)
	}
	client, csrf := newClient(t, url, certificate)
	request(t, client, "POST", url+"/api/session/touch", csrf) // the cookies come back over HTTPS
	client.CloseIdleConnections()
	if status := stop(); status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestURL(t *testing.T) {
	for _, tc := range []struct {
		addr net.TCPAddr
		cert string
		want string
	}{
		{net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}, "", "http://127.0.0.1:80"},
		{net.TCPAddr{IP: net.IPv6loopback, Port: 80}, "", "http://[::1]:80"},
		{net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}, "cert.pem", "https://192.0.2.1:443"},
		{net.TCPAddr{IP: net.IPv6unspecified, Port: 443}, "cert.pem", "https://localhost:443 (and on all addresses of this machine)"},
	} {
		if got := (demoOptions{cert: tc.cert}).url(&tc.addr); got != tc.want {
			t.Errorf("%s: %s, want %s", &tc.addr, got, tc.want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for label, want := range map[string]string{
		"Firefox on Linux": "Firefox on Linux", "": "", "Ann’s phone": "Ann’s phone", "a\x1b[2J\tb\n": "a\uFFFD[2J\uFFFDb\uFFFD",
	} {
		if got := printable(label); got != want {
			t.Errorf("%q: %q, want %q", label, got, want)
		}
	}
}

func selfSigned(t *testing.T) (certificate *x509.Certificate, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err = x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return certificate, write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", keyDER)
}
