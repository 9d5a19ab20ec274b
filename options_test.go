package atomicsession_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

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
		"StoreTimeout negative":   {atomicsession.Options{StoreTimeout: -1}, "StoreTimeout"},
		"key too short": {
			atomicsession.Options{SigningKeys: []atomicsession.SigningKey{bytes.Repeat([]byte("k"), 32), []byte("short")}},
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
		"SameSite default":     {cookie(atomicsession.CookieOptions{SameSite: http.SameSiteDefaultMode}), "SameSite"},
		"SameSite unknown":     {cookie(atomicsession.CookieOptions{SameSite: 99}), "SameSite"},
		"name with space":      {cookie(atomicsession.CookieOptions{Name: "my session"}), "Name"},
		"name with line break": {cookie(atomicsession.CookieOptions{Name: "x\r\nSet-Cookie: y"}), "Name"},
		"name with semicolon":  {cookie(atomicsession.CookieOptions{Name: "x;y"}), "Name"},
		"domain malformed":     {cookie(atomicsession.CookieOptions{Domain: "exa mple.com"}), "Domain"},
		"domain with options":  {cookie(atomicsession.CookieOptions{Domain: "example.com; Secure"}), "Domain"},
		"path not absolute":    {cookie(atomicsession.CookieOptions{Path: "app"}), "Path"},
		"path with options":    {cookie(atomicsession.CookieOptions{Path: "/; Domain=example.com"}), "Path"},
		"path with line break": {cookie(atomicsession.CookieOptions{Path: "/\r\nX: y"}), "Path"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := atomicsession.New(newStore(), &c.opts)
			if err == nil || m != nil {
				t.Fatalf("New returned %v and %v, want an error alone", m, err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %q and does not name %s", err, c.want)
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
		"short sessions": {MaxAge: time.Second, AbsoluteMaxAge: time.Second},
		"signed":         {SigningKeys: []atomicsession.SigningKey{bytes.Repeat([]byte("k"), 32)}},
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
	key := func() atomicsession.SigningKey { return bytes.Repeat([]byte("k"), 32) }
	keys := []atomicsession.SigningKey{key()}
	site := newSite(t, &atomicsession.Options{SigningKeys: keys})
	clear(keys[0])
	keys[0] = bytes.Repeat([]byte("x"), 32)
	b := site.browser()
	b.must(atomicsession.Set("a", 1))
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
