package atomicsession_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// signingKey returns a signing key that is long enough and looks random enough.
func signingKey(text string) atomicsession.SigningKey { return bytes.Repeat([]byte(text+"."), 16) }

func TestInvalidOptions(t *testing.T) {
	cookie := func(c atomicsession.CookieOptions) atomicsession.Options { return atomicsession.Options{Cookie: c} }
	for name, c := range map[string]struct {
		opts atomicsession.Options
		want string // in the error
	}{
		"MaxAge too short":        {atomicsession.Options{MaxAge: time.Millisecond}, "MaxAge"},
		"MaxAge negative":         {atomicsession.Options{MaxAge: -time.Hour}, "MaxAge"},
		"AbsoluteMaxAge negative": {atomicsession.Options{AbsoluteMaxAge: -1}, "AbsoluteMaxAge"},
		"AbsoluteMaxAge short":    {atomicsession.Options{AbsoluteMaxAge: time.Millisecond}, "AbsoluteMaxAge"},
		"TouchInterval negative":  {atomicsession.Options{TouchInterval: -1}, "TouchInterval"},
		"TouchInterval as MaxAge": {atomicsession.Options{MaxAge: time.Hour, TouchInterval: time.Hour}, "TouchInterval"},
		"TouchInterval as MaxAge but for a part of a millisecond": {
			atomicsession.Options{MaxAge: time.Hour, TouchInterval: time.Hour - time.Nanosecond},
			"TouchInterval",
		},
		"TouchInterval as MaxAge is kept": {
			atomicsession.Options{MaxAge: time.Hour + time.Microsecond, TouchInterval: time.Hour},
			"TouchInterval",
		},
		"Limits.Size negative":    {atomicsession.Options{Limits: atomicsession.Limits{Size: -1}}, "Limits"},
		"Limits.Depth negative":   {atomicsession.Options{Limits: atomicsession.Limits{Depth: -1}}, "Limits"},
		"Limits.Name negative":    {atomicsession.Options{Limits: atomicsession.Limits{Name: -1}}, "Limits"},
		"Limits.Padding negative": {atomicsession.Options{Limits: atomicsession.Limits{Padding: -1}}, "Limits"},
		"Limits.Depth too much":   {atomicsession.Options{Limits: atomicsession.Limits{Depth: 97}}, "Limits.Depth"},
		"StoreTimeout negative":   {atomicsession.Options{StoreTimeout: -1}, "StoreTimeout"},
		"key too short": {
			atomicsession.Options{SigningKeys: []atomicsession.SigningKey{signingKey("k"), []byte("short")}},
			"SigningKeys[1]",
		},
		"key empty":           {atomicsession.Options{SigningKeys: []atomicsession.SigningKey{nil}}, "SigningKeys[0]"},
		"trusted origin":      {atomicsession.Options{CSRF: atomicsession.CSRFOptions{TrustedOrigins: []string{"example.com"}}}, "origin"},
		"__Host- with Domain": {cookie(atomicsession.CookieOptions{Name: "__Host-x", Domain: "example.com"}), "__Host-"},
		"__host- with Path":   {cookie(atomicsession.CookieOptions{Name: "__hOST-x", Path: "/app"}), "__Host-"},
		"__Host- insecure":    {cookie(atomicsession.CookieOptions{Name: "__Host-x", InsecureHTTP: true}), "__Host-"},
		"__Secure- insecure":  {cookie(atomicsession.CookieOptions{Name: "__Secure-x", InsecureHTTP: true}), "__Secure-"},
		"None insecure": {
			cookie(atomicsession.CookieOptions{SameSite: http.SameSiteNoneMode, InsecureHTTP: true}),
			"SameSite",
		},
		"SameSite default":            {cookie(atomicsession.CookieOptions{SameSite: http.SameSiteDefaultMode}), "SameSite"},
		"SameSite unknown":            {cookie(atomicsession.CookieOptions{SameSite: 99}), "SameSite"},
		"name with space":             {cookie(atomicsession.CookieOptions{Name: "my session"}), "Name"},
		"name with line break":        {cookie(atomicsession.CookieOptions{Name: "x\r\nSet-Cookie: y"}), "Name"},
		"name with semicolon":         {cookie(atomicsession.CookieOptions{Name: "x;y"}), "Name"},
		"domain malformed":            {cookie(atomicsession.CookieOptions{Domain: "exa mple.com"}), "Domain"},
		"domain with options":         {cookie(atomicsession.CookieOptions{Domain: "example.com; Secure"}), "Domain"},
		"path not absolute":           {cookie(atomicsession.CookieOptions{Path: "app"}), "Path"},
		"path with options":           {cookie(atomicsession.CookieOptions{Path: "/; Domain=example.com"}), "Path"},
		"path with line break":        {cookie(atomicsession.CookieOptions{Path: "/\r\nX: y"}), "Path"},
		"key of zeros":                {atomicsession.Options{SigningKeys: []atomicsession.SigningKey{signingKey("k"), make([]byte, 32)}}, "SigningKeys[1]"},
		"name too long":               {cookie(atomicsession.CookieOptions{Name: strings.Repeat("n", 4096-120+1)}), "Cookie.Name"},
		"path too long":               {cookie(atomicsession.CookieOptions{Path: "/" + strings.Repeat("p", 1024)}), "Cookie.Path"},
		"domain too long":             {cookie(atomicsession.CookieOptions{Domain: strings.Repeat("d.", 511) + "com"}), "Cookie.Domain"},
		"__Http- insecure":            {cookie(atomicsession.CookieOptions{Name: "__Http-x", InsecureHTTP: true}), "__Http-"},
		"__hTTP- insecure":            {cookie(atomicsession.CookieOptions{Name: "__hTTP-x", InsecureHTTP: true}), "__Http-"},
		"__Host-Http- insecure":       {cookie(atomicsession.CookieOptions{Name: "__Host-Http-x", InsecureHTTP: true}), "__Host-Http-"},
		"__Host-Http- with Domain":    {cookie(atomicsession.CookieOptions{Name: "__Host-Http-x", Domain: "example.com"}), "__Host-Http-"},
		"__host-http- with Path":      {cookie(atomicsession.CookieOptions{Name: "__host-http-x", Path: "/app"}), "__Host-Http-"},
		"MaxForm negative":            {atomicsession.Options{CSRF: atomicsession.CSRFOptions{MaxForm: -1}}, "CSRF.MaxForm"},
		"SignIn elsewhere":            {atomicsession.Options{SignIn: "https://example.com/login"}, "SignIn"},
		"SignIn on another host":      {atomicsession.Options{SignIn: "//example.com/login"}, "SignIn"},
		"SignIn with backslash":       {atomicsession.Options{SignIn: `/\example.com`}, "SignIn"},
		"SignIn with backslash later": {atomicsession.Options{SignIn: `/login?next=\\example.com`}, "SignIn"},
		"SignIn relative":             {atomicsession.Options{SignIn: "login"}, "SignIn"},
		"SignIn with tab":             {atomicsession.Options{SignIn: "/\t/example.com"}, "SignIn"},
		"SignIn with line break":      {atomicsession.Options{SignIn: "/login\r\nX: y"}, "SignIn"},
		"SignIn with DEL":             {atomicsession.Options{SignIn: "/login\x7f"}, "SignIn"},
		"SignIn malformed":            {atomicsession.Options{SignIn: "/%zz"}, "SignIn"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := atomicsession.New(newStore(), &c.opts)
			if err == nil || m != nil {
				t.Fatalf("New returned %v and %v, want an error alone", m, err)
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is %q and does not name %s in one line", err, c.want)
			}
		})
	}
}

func TestValidOptions(t *testing.T) {
	for name, opts := range map[string]*atomicsession.Options{
		"nil":            nil,
		"zero":           {},
		"shared cookie":  {Cookie: atomicsession.CookieOptions{Domain: "example.com", Name: "__Secure-x"}},
		"under a path":   {Cookie: atomicsession.CookieOptions{Path: "/app"}},
		"cross-site":     {Cookie: atomicsession.CookieOptions{SameSite: http.SameSiteNoneMode}},
		"development":    {Cookie: atomicsession.CookieOptions{InsecureHTTP: true}},
		"longest name":   {Cookie: atomicsession.CookieOptions{Name: strings.Repeat("n", 4096-120)}},
		"longest path":   {Cookie: atomicsession.CookieOptions{Path: "/" + strings.Repeat("p", 1023)}},
		"HTTP alone":     {Cookie: atomicsession.CookieOptions{Name: "__Http-x", Domain: "example.com"}},
		"host and HTTP":  {Cookie: atomicsession.CookieOptions{Name: "__Host-Http-x"}},
		"sign-in":        {SignIn: "/account/login?from=session"},
		"largest form":   {CSRF: atomicsession.CSRFOptions{MaxForm: 1 << 62}},
		"deepest":        {Limits: atomicsession.Limits{Depth: 96}},
		"short sessions": {MaxAge: time.Second, AbsoluteMaxAge: time.Second},
		"signed":         {SigningKeys: []atomicsession.SigningKey{signingKey("k")}},
	} {
		if _, err := atomicsession.New(newStore(), opts); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewDoesNotCallTheStoreNorChangeOptions(t *testing.T) {
	s, opts := newStore(), &atomicsession.Options{}
	newManager(t, s, opts)
	wantCalls(t, s)
	if opts.MaxAge != 0 || opts.Cookie != (atomicsession.CookieOptions{}) || opts.Now != nil {
		t.Errorf("New changed the options to %+v", opts)
	}
}

func TestSigningKeysAreCopied(t *testing.T) {
	key := func() atomicsession.SigningKey { return signingKey("k") }
	keys := []atomicsession.SigningKey{key()}
	site := newSite(t, &atomicsession.Options{SigningKeys: keys})
	clear(keys[0])
	keys[0] = signingKey("x")
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	same := newManager(t, site.store, &atomicsession.Options{SigningKeys: []atomicsession.SigningKey{key()}, Now: site.clock.now})
	err := request(t, same, b.token(), func(ctx context.Context, s *atomicsession.Session) error {
		ok, err := s.Exists(ctx)
		if !ok {
			t.Error("the cookie was signed with a key that the caller has changed since")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSigningKeyDoesNotPrint(t *testing.T) {
	key := atomicsession.SigningKey("treasure treasure treasure treasure")
	for _, verb := range []string{"%v", "%+v", "%#v", "%d", "%s", "%x", "%q"} {
		text := fmt.Sprintf(verb, key)
		within := fmt.Sprintf("%+v", atomicsession.Options{SigningKeys: []atomicsession.SigningKey{key}})
		if text != "[redacted]" || !strings.Contains(within, "SigningKeys:[[redacted]]") {
			t.Errorf("a key prints with %s as %s, within options as %s", verb, text, within)
		}
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", key)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key)
	if n := strings.Count(log.String(), "[redacted]"); n != 2 {
		t.Errorf("the log is %s", &log)
	}
	if text, err := json.Marshal(key); string(text) != `"[redacted]"` || err != nil {
		t.Errorf("a key is in JSON %s, %v", text, err)
	}
}
