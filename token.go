package atomicsession

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// token is what the cookie holds: who the session is, what proves it, and when the browser will drop the cookie. The
// last is a hint, trusted for nothing but the decision to send the cookie again.
type token struct {
	id       driver.ID
	secret   driver.Secret
	expires  time.Time // zero: when the browser ends
	outdated bool      // signed with another key than the newest
}

func (t token) nonPersistent() bool { return t.expires.IsZero() }

func (t token) key(sc scope) driver.Key { return driver.Key{ID: t.id, Verifier: sc.verifier(t.secret)} }

// scope is what the secrets and the signatures of a manager are good for: the same ones mean nothing in another scope. It is the
// realm, and behind a NUL that the cookie travels without Secure, which whoever listens can read.
type scope string

func (m *Manager) scope(secure bool) scope {
	if secure {
		return scope(m.opts.Realm)
	}
	return scope(m.opts.Realm + "\x00http")
}

// verifier returns what is stored of a secret.
func (sc scope) verifier(secret driver.Secret) driver.Verifier {
	if sc == "" {
		return secret.Verifier()
	}
	return sc.derive(secret)
}

// derive is apart, since the secret it is called with is copied to the heap.
func (sc scope) derive(secret driver.Secret) driver.Verifier {
	h := hmac.New(sha256.New, secret[:])
	h.Write([]byte("atomicsession verifier "))
	h.Write([]byte(sc))
	return driver.Verifier(h.Sum(nil))
}

func newID() (id driver.ID) {
	_, _ = rand.Read(id[:]) // never fails, see crypto/rand
	return id
}

func newSecret() (s driver.Secret) {
	_, _ = rand.Read(s[:])
	return s
}

// A token is 54 bytes in base64url, 72 characters, followed by "." and a signature if there are signing keys:
//
//	ID (16) | secret (32) | expiry of the cookie in Unix seconds, 0 for a non-persistent one (6, big-endian)
const (
	idSize     = len(driver.ID{})
	secretSize = len(driver.Secret{})
	timeSize   = 6
	timeShift  = (8 - timeSize) * 8
	tokenSize  = idSize + secretSize + timeSize
	tokenLen   = tokenSize / 3 * 4
	signedLen  = tokenLen + 1 + (sha256.Size*8+5)/6
)

var b64 = base64.RawURLEncoding.Strict()

func (t token) encode(keys []SigningKey, sc scope) string {
	raw := make([]byte, 0, tokenSize+timeShift/8)
	raw = append(raw, t.id[:]...)
	raw = append(raw, t.secret[:]...)
	raw = binary.BigEndian.AppendUint64(raw, uint64(max(0, t.expires.Unix()))<<timeShift)
	text := b64.EncodeToString(raw[:tokenSize])
	if len(keys) > 0 {
		text += "." + b64.EncodeToString(sign(keys[0], sc, text))
	}
	return text
}

// parseToken reads what encode wrote, and nothing else. With keys, a token that none of them signed for the scope is refused.
func parseToken(text string, keys []SigningKey, sc scope) (token, bool) {
	signer := 0
	if len(keys) > 0 {
		if len(text) != signedLen || text[tokenLen] != '.' {
			return token{}, false
		}
		mac, err := b64.DecodeString(text[tokenLen+1:])
		text = text[:tokenLen]
		signer = slices.IndexFunc(keys, func(key SigningKey) bool { return hmac.Equal(sign(key, sc, text), mac) })
		if err != nil || signer < 0 {
			return token{}, false
		}
	}
	if len(text) != tokenLen {
		return token{}, false
	}
	var raw [tokenSize + timeShift/8]byte
	if n, err := b64.Decode(raw[:], []byte(text)); err != nil || n != tokenSize {
		return token{}, false
	}
	t := token{id: driver.ID(raw[:]), secret: driver.Secret(raw[idSize:]), outdated: signer > 0}
	if unix := binary.BigEndian.Uint64(raw[idSize+secretSize:]) >> timeShift; unix > 0 {
		t.expires = time.Unix(int64(unix), 0)
	}
	return t, !t.id.IsZero()
}

func sign(key SigningKey, sc scope, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("atomicsession token "))
	h.Write([]byte(text))
	h.Write([]byte(sc))
	return h.Sum(nil)
}
