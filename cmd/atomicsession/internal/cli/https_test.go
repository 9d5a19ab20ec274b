package cli

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestHTTPS trusts the certificate whose fingerprint the demo prints, speaks HTTP/2, and has fifty requests of a race in flight at once.
func TestHTTPS(t *testing.T) {
	lines, stop := startDemoPrinting(t, 4, "--https")
	url := strings.TrimPrefix(lines[0], "atomicsession demo: ")
	certificate := certificateOf(t, strings.TrimPrefix(url, "https://"), lines[3])
	for _, host := range []string{"localhost", "127.0.0.1", "::1"} {
		if err := certificate.VerifyHostname(host); err != nil {
			t.Error(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	client := &http.Client{Transport: transport}
	for range 20 { // the machine may be too busy to begin fifty requests in the time that one takes
		if raceAtOnce(t, client, url, 50) {
			transport.CloseIdleConnections()
			if status := stop(); status != 0 {
				t.Errorf("status %d", status)
			}
			return
		}
	}
	t.Error("there never were fifty requests in flight at once")
}

// certificateOf returns the certificate of a server, which must have that fingerprint.
func certificateOf(t *testing.T, address, fingerprint string) *x509.Certificate {
	t.Helper()
	var certificate *x509.Certificate
	dialer := tls.Dialer{Config: &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // the fingerprint is what is verified
		VerifyConnection: func(state tls.ConnectionState) error {
			certificate = state.PeerCertificates[0]
			if got := fmt.Sprintf("%X", sha256.Sum256(certificate.Raw)); got != strings.ReplaceAll(fingerprint, ":", "") {
				return errors.New("the fingerprint is " + got)
			}
			return nil
		},
	}}
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	return certificate
}

// raceAtOnce sends requests of a race over HTTP/2, and reports whether there was a moment at which all of them were under way.
func raceAtOnce(t *testing.T, client *http.Client, url string, requests int) bool {
	t.Helper()
	var begun struct{ Run string }
	if err := json.Unmarshal(send(t, client, "POST", url+"/api/races", `{"loss":"counter","work":1000}`), &begun); err != nil {
		t.Fatal(err)
	}
	type told struct{ From, To float64 }
	all := make([]told, requests)
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			if err := json.Unmarshal(send(t, client, "PUT", url+"/api/races/"+begun.Run+"/scs", ""), &all[i]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	lastFrom, firstTo := all[0].From, all[0].To
	for _, one := range all {
		lastFrom, firstTo = max(lastFrom, one.From), min(firstTo, one.To)
	}
	return lastFrom < firstTo
}

// send makes a request over HTTP/2 that must be answered with 200. It is for any goroutine.
func send(t *testing.T, client *http.Client, method, url, body string) []byte {
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return nil
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 {
		t.Errorf("%s %s: %s %s %s, %v", method, url, resp.Proto, resp.Status, text, err)
	}
	return text
}
