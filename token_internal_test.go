package atomicsession

import (
	"bytes"
	"crypto/subtle"
	"encoding/hex"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var (
	keyA = bytes.Repeat([]byte("a"), minKeySize)
	keyB = bytes.Repeat([]byte("b"), minKeySize)
)

func testToken() token {
	return token{id: newID(), secret: newSecret(), expires: time.Unix(1_800_000_000, 0)}
}

func TestTokenRoundTrip(t *testing.T) {
	for _, expires := range []int64{1, 1_800_000_000, 1<<48 - 1} {
		for _, keys := range [][]SigningKey{nil, {keyA}, {keyB, keyA}} {
			want := testToken()
			want.expires = time.Unix(expires, 0)
			text := want.encode(keys, "")
			got, ok := parseToken(text, keys, "")
			if !ok || got.id != want.id || got.secret != want.secret || !got.expires.Equal(want.expires) {
				t.Errorf("a token that expires at %d does not survive %d keys", expires, len(keys))
			}
			if wantLen := map[bool]int{false: tokenLen, true: signedLen}[len(keys) > 0]; len(text) != wantLen {
				t.Errorf("a token with %d keys has %d characters, want %d", len(keys), len(text), wantLen)
			}
			if i := strings.IndexFunc(text, notInCookie); i >= 0 {
				t.Errorf("a token holds %q", text[i])
			}
		}
	}
}

func notInCookie(r rune) bool {
	return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", r)
}

// An expiry that does not fit is a hint lost, not a token lost.
func TestTokenWithoutExpiry(t *testing.T) {
	for _, expires := range []time.Time{{}, time.Unix(-5, 0), time.Unix(0, 0)} {
		old := testToken()
		old.expires = expires
		got, ok := parseToken(old.encode(nil, ""), nil, "")
		if !ok || got.id != old.id || !got.nonPersistent() {
			t.Errorf("%v: got %v, %v", expires, got.expires, ok)
		}
	}
}

func TestKeyRing(t *testing.T) {
	tok := testToken()
	for _, c := range []struct {
		name string
		text string
		keys []SigningKey
		want bool
	}{
		{"newest signs", tok.encode([]SigningKey{keyB, keyA}, ""), []SigningKey{keyB}, true},
		{"only newest signs", tok.encode([]SigningKey{keyB, keyA}, ""), []SigningKey{keyA}, false},
		{"older one verifies", tok.encode([]SigningKey{keyA}, ""), []SigningKey{keyB, keyA}, true},
		{"unknown key", tok.encode([]SigningKey{keyA}, ""), []SigningKey{keyB}, false},
		{"unsigned where keys are", tok.encode(nil, ""), []SigningKey{keyA}, false},
		{"signed where no keys are", tok.encode([]SigningKey{keyA}, ""), nil, false},
	} {
		if _, ok := parseToken(c.text, c.keys, ""); ok != c.want {
			t.Errorf("%s: accepted is %v", c.name, ok)
		}
	}
}

// Every other text than the one handed out is refused, or it is another token.
func TestTokenIsNotMalleable(t *testing.T) {
	for _, keys := range [][]SigningKey{nil, {keyA}} {
		tok := testToken()
		text := tok.encode(keys, "")
		for i := range text {
			for _, c := range []byte("A_.= \n\x00\xff") {
				if text[i] == c {
					continue
				}
				changed := text[:i] + string([]byte{c}) + text[i+1:]
				got, ok := parseToken(changed, keys, "")
				if ok && (len(keys) > 0 || got == tok) {
					t.Errorf("with %d keys the token is accepted with byte %d changed to %q", len(keys), i, c)
				}
			}
		}
	}
}

func malformedTokens() []string {
	text := testToken().encode(nil, "")
	zeroID := token{secret: newSecret(), expires: time.Unix(1, 0)}.encode(nil, "")
	return []string{
		"", ".", "x", "..", text[1:], text[:len(text)-1], text + "A", text + "=", text + ".", "." + text, text + text,
		" " + text[1:], text[:10] + "\r\n" + text[12:], strings.ToUpper(text[:71]) + "!", strings.Repeat("A", tokenLen),
		strings.Repeat("A", 1<<20), zeroID, text[:71] + "é", "null", `{"id":1}`,
	}
}

func TestMalformedTokens(t *testing.T) {
	for _, text := range malformedTokens() {
		for _, keys := range [][]SigningKey{nil, {keyA}} {
			if _, ok := parseToken(text, keys, ""); ok {
				t.Errorf("%.100q is accepted with %d keys", text, len(keys))
			}
		}
	}
}

func FuzzParseToken(f *testing.F) {
	for _, text := range malformedTokens() {
		f.Add(text)
	}
	tok := testToken()
	f.Add(tok.encode(nil, ""))
	f.Add(tok.encode([]SigningKey{keyA}, ""))
	f.Fuzz(func(t *testing.T, text string) {
		for _, keys := range [][]SigningKey{nil, {keyA, keyB}} {
			got, ok := parseToken(text, keys, "")
			if !ok {
				continue
			}
			if again := got.encode(keys, ""); again != text {
				t.Errorf("%q is read as what is written %q", text, again)
			}
		}
	})
}

// A change of a format signs everybody out, so the vectors of docs/security.md are what it is.
func TestTokensStayWhatTheyAre(t *testing.T) {
	text, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	vectors := make(map[string]string)
	for _, row := range regexp.MustCompile("(?m)^\\| (.+) \\| `([-\\w]+)` \\|$").FindAllStringSubmatch(string(text), -1) {
		vectors[row[1]] = row[2]
	}
	tok := token{
		id: driver.ID([]byte("0123456789abcdef")), secret: driver.Secret(bytes.Repeat([]byte("s"), secretSize)),
		expires: time.Unix(1_800_000_000, 0),
	}
	got := map[string]string{"token": tok.encode(nil, "")}
	for name, m := range map[string]*Manager{"scope empty": {opts: &Options{}}, "realm `admin`": {opts: &Options{Realm: "admin"}}} {
		for _, secure := range []bool{true, false} {
			switch {
			case !secure && m.opts.Realm == "":
				name = "without Secure"
			case !secure:
				name += " without Secure"
			}
			sc := m.scope(secure)
			verifier := sc.verifier(tok.secret)
			got["verifier, "+name] = hex.EncodeToString(verifier[:])
			_, got["signature, "+name], _ = strings.Cut(tok.encode([]SigningKey{keyA}, sc), ".")
		}
	}
	csrf := (&Session{view: &view{token: tok}}).csrf()
	got["CSRF token, not masked"] = hex.EncodeToString(csrf)
	masked := bytes.Repeat([]byte("m"), 2*csrfSize)
	subtle.XORBytes(masked[csrfSize:], masked[csrfSize:], csrf)
	got["CSRF token, masked with 32 times `m`"] = b64.EncodeToString(masked)
	if !maps.Equal(got, vectors) {
		t.Errorf("the values are\n%v, documented are\n%v", got, vectors)
	}
}
