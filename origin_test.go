package atomicsession_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/atomicsession/atomicsession"
)

func TestCheckOrigin(t *testing.T) {
	trusted := []string{"https://app.example.com", "http://old.example.com", "http://plain.example.com"}
	secure := newManager(t, newStore(), &atomicsession.Options{CSRF: atomicsession.CSRFOptions{TrustedOrigins: trusted}})
	insecure := newManager(t, newStore(), &atomicsession.Options{
		CSRF: atomicsession.CSRFOptions{TrustedOrigins: trusted}, Cookie: atomicsession.CookieOptions{InsecureHTTP: true},
	})
	const (
		never       = iota // another origin
		always             // this one
		withoutTLS         // this one if the cookie has no Secure
		host        = "example.com"
		ip6         = "[2001:db8::1]"
		ip6WithPort = ip6 + ":8443"
	)
	for _, c := range []struct {
		host, origin, site string
		want               int
	}{
		{host, "", "", always}, // no browser
		{host, "", "same-origin", always},
		{host, "", "none", always},
		{host, "", "same-site", never},
		{host, "", "cross-site", never},
		{host, "", "nonsense", never},
		{host, "https://example.com", "same-origin", always},
		{host, "https://example.com", "cross-site", never}, // the browser knows better than the host
		{host, "https://app.example.com", "same-site", always},
		{host, "https://app.example.com", "cross-site", always},
		{host, "https://evil.example", "same-origin", always}, // the browser says so, whatever a proxy has made of the host
		{host, "null", "cross-site", never},
		{host, "null", "same-origin", always}, // a page that sends no referrer

		{host, "https://example.com", "", always},
		{host, "https://example.com:443", "", always},
		{host + ":443", "https://example.com", "", always},
		{host, "https://example.com:8443", "", never},
		{host + ":8443", "https://example.com:8443", "", always},
		{host + ":8443", "https://example.com", "", never},
		{host + ":80", "https://example.com", "", never},
		{host, "https://EXAMPLE.com", "", always},
		{"EXAMPLE.COM", "https://example.com", "", always},
		{host, "HTTPS://example.com", "", always},
		{host, "https://www.example.com", "", never},
		{host, "https://example.com.evil.example", "", never},
		{host, "https://evilexample.com", "", never},
		{host, "https://example.com@evil.example", "", never},
		{host, "https://evil.example@example.com", "", never},
		{host, "wss://example.com", "", never},
		{host, "//example.com", "", never},
		{host, "example.com", "", never},
		{host, "https://%zz", "", never},

		{host, "http://example.com", "", withoutTLS},
		{host, "http://example.com:80", "", withoutTLS},
		{host + ":80", "http://example.com", "", withoutTLS},
		{host + ":8080", "http://example.com:8080", "", withoutTLS},
		{host, "http://example.com:443", "", never},
		{"plain.example.com", "http://plain.example.com", "", always}, // trusted
		{"plain.example.com", "http://plain.example.com:80", "", withoutTLS},
		{host, "http://old.example.com", "", always},
		{host, "https://old.example.com", "", never},
		{host, "https://app.example.com", "", always},
		{host, "https://app.example.com:443", "", never}, // exactly as it is named
		{host, "http://app.example.com", "", never},

		{ip6, "https://" + ip6, "", always},
		{ip6, "https://" + ip6 + ":443", "", always},
		{ip6WithPort, "https://" + ip6WithPort, "", always},
		{ip6WithPort, "https://" + ip6, "", never},
		{ip6, "https://[2001:DB8::1]", "", always},
		{ip6, "https://[2001:db8::2]", "", never},
		{"[::443]", "https://[::443]", "", always},

		{host, "null", "", never},
		{"null", "null", "", never},
		{"", "null", "", never},
		{"", "https://", "", never},
		{"", "https://:443", "", never},
		{"", "https://example.com", "", never},
		{"", "", "", always},
		{"", "", "cross-site", never},
	} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "DELETE", "get"} {
			for m, want := range map[*atomicsession.Manager]bool{secure: c.want == always, insecure: c.want != never} {
				r := httptest.NewRequest(method, "/", nil)
				r.Host = c.host
				if c.origin != "" {
					r.Header.Set("Origin", c.origin)
				}
				if c.site != "" {
					r.Header.Set("Sec-Fetch-Site", c.site)
				}
				err := m.CheckOrigin(r)
				if (err == nil) != want || err != nil && !errors.Is(err, atomicsession.ErrCSRF) {
					t.Errorf("%s at %q from %q, %q, insecure %v: %v", method, c.host, c.origin, c.site, m == insecure, err)
				}
				if r.Method != method {
					t.Fatalf("the request's method has become %s", r.Method)
				}
			}
		}
	}
}

// ProtectCSRF asks the same for what changes something, and lets the rest pass.
func TestProtectCSRFChecksTheOrigin(t *testing.T) {
	g := newGuarded(t, atomicsession.CSRFOptions{TrustedOrigins: []string{"http://trusted.example"}})
	token := header("X-CSRF-Token", g.token)
	own := g.server.URL
	for origin, want := range map[string]bool{
		own: true, "http://trusted.example": true, "null": false, "http" + own[len("https"):]: false, "https://evil.example": false,
	} {
		if _, reached := g.send(http.MethodPost, both(token, header("Origin", origin))); reached != want {
			t.Errorf("POST from %s: reached %v", origin, reached)
		}
		if _, reached := g.send(http.MethodGet, header("Origin", origin)); !reached {
			t.Errorf("GET from %s was denied", origin)
		}
	}
}
