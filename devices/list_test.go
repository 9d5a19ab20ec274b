package devices_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/devices"
	"github.com/atomicsession/atomicsession/driver"
)

func TestList(t *testing.T) {
	s := newSite(t, nil)
	s.signedIn(safari, "ann", "label=Ann's tablet", "methods=pwd otp", "city=Oslo")
	s.advance(49 * time.Hour)
	b := s.signedIn(firefox, "ann")
	s.advance(2 * time.Hour)
	s.signedIn(chrome, "ann", "methods=hwk swk")
	s.signedIn(chrome, "bob", "label=of bob")
	s.advance(5 * time.Minute)

	a := b.want(b.get(path), http.StatusOK)
	const want = "Your devices You are signed in on these devices. Sign out any that you do not know, and then change your password. " +
		"Firefox on Linux This device Computer Last used now Signed in 2 hours ago " +
		"Chrome on Android Phone Last used 5 minutes ago Signed in 5 minutes ago · security key Sign out " +
		"Ann's tablet Tablet Last used 2 days ago Signed in 2 days ago · password, one-time code City Oslo Sign out " +
		"Sign out all others"
	if got := a.text(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, part := range []string{
		`<html lang="en" dir="ltr">`, `<time datetime="2026-03-03T15:00:00Z" title="3 March 2026, 15:00 UTC">5 minutes ago</time>`,
		`aria-label="Sign out Chrome on Android"`,
	} {
		if !strings.Contains(a.body, part) {
			t.Errorf("no %q in %s", part, a.body)
		}
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	policy := a.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "style-src 'sha256-"} {
		if !strings.Contains(policy, part) {
			t.Errorf("no %q in %q", part, policy)
		}
	}
	_, style, _ := strings.Cut(a.body, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	if sum := sha256.Sum256([]byte(style)); !strings.Contains(policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
		t.Errorf("%q is not about the page's style", policy)
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
		t.Errorf("the policy is not strict: %q", policy)
	}
	if strings.Contains(a.body, "<script") || strings.Contains(a.body, " style=") {
		t.Error("the page needs what its policy forbids")
	}
}

// A session of which nothing is known but its user is a device too, and one alone is not asked to sign out others.
func TestListOfOneThatSaysNothing(t *testing.T) {
	s := newSite(t, nil)
	b := s.signedIn("", "ann")
	a := b.want(b.get(path), http.StatusOK, "Unknown device This device", "no other device")
	if len(a.links()) != 0 {
		t.Errorf("links %q", a.links())
	}
}

// A session that a program of before has begun does not say when it was signed in, and another server's clock may be ahead.
func TestListOfUnknownTimes(t *testing.T) {
	var ago []time.Duration
	s := newSite(t, &devices.Options{Texts: devices.Texts{Ago: func(d time.Duration) string { ago = append(ago, d); return "then" }}})
	record := driver.Record{Meta: driver.Meta{
		ID: driver.ID{1}, User: "ann", Created: s.now(), LastUsed: s.now().Add(time.Hour), Expires: s.now().Add(2 * time.Hour),
	}}
	if err := s.store.Create(t.Context(), driver.Verifier{1}, record); err != nil {
		t.Fatal(err)
	}
	b := s.signedIn(firefox, "ann")
	a := b.want(b.get(path), http.StatusOK, "Unknown device Last used then Sign out")
	if n := strings.Count(a.text(), "Signed in"); n != 1 || len(ago) == 0 || slices.Min(ago) < 0 {
		t.Errorf("signed in %d times, ago %v", n, ago)
	}
}

// Whatever a device says of itself stays text, and in its place.
func TestListEscapes(t *testing.T) {
	s := newSite(t, nil)
	const attack = `"><script>alert(1)</script><a href='javascript:alert(1)' `
	s.signedIn(attack+"/1.0", "ann")
	s.signedIn(chrome, "ann", "label="+attack)
	s.signedIn(chrome, "ann", "label=\u202ekcatta", "city="+attack)
	b := s.signedIn(firefox, "ann")
	a := b.want(b.get(path), http.StatusOK, attack[:40])
	for _, link := range a.links() {
		a.body += b.get(path + link).body
	}
	for range 3 {
		a.body += b.shown(b.confirmed(b.get(path).links()[0])).body
	}
	for _, part := range []string{"<script", "javascript:alert(1)'", "\u202e"} {
		if strings.Contains(a.body, part) {
			t.Errorf("the page has %q", part)
		}
	}
}

func TestListOfMoreThanAThousand(t *testing.T) {
	s := newSite(t, nil)
	b := s.signedIn(firefox, "ann")
	for range 1005 {
		s.signInWithoutServer("ann")
	}
	a := b.want(b.get(path), http.StatusOK, "There are more devices", "Firefox on Linux This device")
	if n := strings.Count(a.body, "<li"); n < 1000 || n > 1001 {
		t.Errorf("%d devices", n)
	}
	b.want(b.shown(b.confirmed("?device=others")), http.StatusOK, "Signed out 1005 devices", "no other device")
}

func TestMethods(t *testing.T) {
	s := newSite(t, nil)
	b := s.signedIn(firefox, "ann")
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, "BREW"} {
		a := b.want(b.send(method, path, nil), http.StatusMethodNotAllowed)
		if a.header.Get("Allow") != "GET, HEAD, POST" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", method, a.header)
		}
	}
	s.signedIn(chrome, "ann")
	for _, target := range append(b.get(path).links(), "") {
		if a := b.send(http.MethodHead, path+target, nil); a.status != http.StatusOK || a.body != "" {
			t.Errorf("HEAD %s: %d, %q", target, a.status, a.body)
		}
	}
}

func TestNotSignedIn(t *testing.T) {
	s := newSite(t, nil)
	b := s.browser(firefox)
	for _, target := range []string{path, path + "?device=others", path + "?device=x"} {
		a := b.get(target)
		if to := a.header.Get("Location"); a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/login?return=%2Faccount%2Fdevices") {
			t.Errorf("%s: %d to %q", target, a.status, to)
		}
		b = s.browser(firefox) // it moves on twice at most
	}
	if a := b.get(path, "Accept", "application/json"); a.status != http.StatusForbidden || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a script gets %d", a.status)
	}
	if n := s.count(); n != 0 {
		t.Errorf("%d sessions have begun", n)
	}

	s = newSite(t, nil, func(o *atomicsession.Options) { o.SignIn = "" })
	b = s.browser(firefox)
	b.want(b.get(path), http.StatusForbidden, "needs a recent sign-in")
}

// A link of another site brings no Strict cookie. The page that goes on by itself does.
func TestFromAnotherSite(t *testing.T) {
	s := newSite(t, nil)
	b := s.browser(firefox)
	a := b.want(b.get(path, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"), http.StatusForbidden)
	if !strings.Contains(a.body, `<meta http-equiv="refresh" content="0; url=/account/devices">`) {
		t.Errorf("it does not go on: %s", a.body)
	}
	if a := b.get(path); a.status != http.StatusSeeOther { // nobody is signed in after all
		t.Errorf("then %d", a.status)
	}
}
