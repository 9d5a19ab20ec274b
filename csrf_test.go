package atomicsession_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

func csrfOf(t testing.TB, b *browser) (token string) {
	t.Helper()
	err := b.do(func(ctx context.Context, s *atomicsession.Session) (err error) {
		token, err = s.CSRFToken(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func verify(token string) call {
	return func(ctx context.Context, s *atomicsession.Session) error { return s.VerifyCSRF(ctx, token) }
}

func wantCSRF(t *testing.T, name string, b *browser, token string, good bool) {
	t.Helper()
	err := b.do(verify(token))
	if good && err != nil || !good && !errors.Is(err, atomicsession.ErrCSRF) {
		t.Errorf("%s: %v", name, err)
	}
}

func TestCSRFToken(t *testing.T) {
	site := newSite(t, nil)
	b, other := site.browser(), site.browser()
	token := csrfOf(t, b)
	if b.token() == "" {
		t.Fatal("no session was begun for the token")
	}
	wantCSRF(t, "its own session", b, token, true)
	wantCSRF(t, "again", b, token, true)
	wantCSRF(t, "another session", other, token, false)
	other.must(atomicsession.Path("a").Set(1))
	wantCSRF(t, "another session that lives", other, token, false)
	wantCSRF(t, "the other's token", b, csrfOf(t, other), false)
	b.must(atomicsession.Path("a").Set(1))
	wantCSRF(t, "after an update", b, token, true)
	old := b.clone()
	if err := b.do(renew()); err != nil {
		t.Fatal(err)
	}
	wantCSRF(t, "from before a renewal", b, token, false)
	wantCSRF(t, "with the cookie from before a renewal", old, token, true)
	site.clock.advance(driver.RenewalWindow)
	wantCSRF(t, "with that cookie after the window", old, token, false)
	token = csrfOf(t, b)
	wantCSRF(t, "after the renewal", b, token, true)
	gone := b.clone()
	if err := b.do(destroy); err != nil {
		t.Fatal(err)
	}
	wantCSRF(t, "of a destroyed session", gone, token, false)
	wantCSRF(t, "without a session", b, token, false)
}

// A page of a session that is over is told apart from a forgery: it was the session's own.
func TestCSRFTokenOfWhatHasEnded(t *testing.T) {
	for _, c := range []struct {
		name           string
		end            call
		ended, renewed bool
	}{
		{"destroyed", destroy, true, false},
		{"renewed", renew(), false, false},
		{"alive", touch, false, false},
	} {
		site := newSite(t, nil)
		b := site.browser()
		token, forged := csrfOf(t, b), csrfOf(t, site.browser())
		old := b.clone()
		if err := b.do(c.end); err != nil {
			t.Fatal(err)
		}
		readFirst := func(ctx context.Context, s *atomicsession.Session) error {
			return errors.Join(info(ctx, s), s.VerifyCSRF(ctx, token))
		}
		for how, f := range map[string]call{"its token": verify(token), "its token after a read": readFirst} {
			err := old.do(f)
			if errors.Is(err, atomicsession.ErrCSRF) != c.ended || errors.Is(err, atomicsession.ErrNotFound) != c.ended ||
				errors.Is(err, atomicsession.ErrRenewed) != c.renewed {
				t.Errorf("%s: %s: %v", c.name, how, err)
			}
		}
		err := old.do(verify(forged))
		if !errors.Is(err, atomicsession.ErrCSRF) || errors.Is(err, atomicsession.ErrNotFound) {
			t.Errorf("%s: a forged token: %v", c.name, err)
		}
	}
}

func TestCSRFTokenWithinARequest(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		token, err := s.CSRFToken(ctx)
		if err := s.VerifyCSRF(ctx, token); err != nil {
			t.Errorf("in the request that made it: %v", err)
		}
		err = errors.Join(err, s.Renew(ctx))
		if err := s.VerifyCSRF(ctx, token); !errors.Is(err, atomicsession.ErrCSRF) {
			t.Errorf("after a renewal: %v", err)
		}
		token, csrfErr := s.CSRFToken(ctx)
		err = errors.Join(err, csrfErr, s.Destroy(ctx))
		if err := s.VerifyCSRF(ctx, token); !errors.Is(err, atomicsession.ErrCSRF) {
			t.Errorf("after the end: %v", err)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// The token looks different every time, and no part of it is the same: compression tells nothing.
func TestCSRFTokenIsMasked(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	const n = 20
	seen := make([][]byte, n)
	for i := range seen {
		raw, err := base64.RawURLEncoding.DecodeString(csrfOf(t, b))
		if err != nil || len(raw) != 64 {
			t.Fatalf("the token is of %d bytes, %v", len(raw), err)
		}
		seen[i] = raw
	}
	for i, a := range seen {
		for _, b := range seen[:i] {
			for at := 0; at < len(a); at += 8 {
				if bytes.Equal(a[at:at+8], b[at:at+8]) {
					t.Errorf("two tokens share bytes %d to %d", at, at+8)
				}
			}
		}
		if strings.Contains(b.token(), base64.RawURLEncoding.EncodeToString(a[:33])) {
			t.Error("the token is part of the cookie")
		}
	}
}

func malformedCSRF(token string) []string {
	return []string{
		"", "x", token[1:], token[:len(token)-1], token + "A", token + "=", " " + token, token + "\n", "A" + token[1:] + "B",
		strings.ToLower(token), strings.Repeat("A", len(token)), strings.Repeat("A", 1<<20), "\xff\xfe", token[:43] + token[:43],
	}
}

func TestMalformedCSRFToken(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	token := csrfOf(t, b)
	site.store.took()
	for _, text := range malformedCSRF(token) {
		wantCSRF(t, text[:min(len(text), 20)], b, text, false)
	}
	wantCalls(t, site.store) // none is worth a question to the store
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	for i := range raw {
		raw[i] ^= 1
		wantCSRF(t, "a flipped bit", b, base64.RawURLEncoding.EncodeToString(raw), false)
		raw[i] ^= 1
	}
}

// Only a pair of halves whose difference is the session's token is accepted.
func FuzzVerifyCSRF(f *testing.F) {
	store := newStore()
	m := newManager(f, store, nil)
	for _, text := range malformedCSRF(strings.Repeat("B", 86)) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		err := request(t, m, "", func(ctx context.Context, s *atomicsession.Session) error {
			good, err := s.CSRFToken(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.VerifyCSRF(ctx, good); err != nil {
				t.Errorf("the good token: %v", err)
			}
			return s.VerifyCSRF(ctx, text)
		})
		if !errors.Is(err, atomicsession.ErrCSRF) {
			t.Errorf("%q: %v", text, err)
		}
		store.rows(t) // frees the memory
	})
}
