package driver

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
)

// ID is the public handle of a record. It never changes and gives no access by itself.
type ID [16]byte

// Secret is the half of a session's token that gives access. Only its [Verifier] is ever stored. It does not print.
type Secret [32]byte

// Verifier is the SHA-256 of a secret. It does not print.
type Verifier [sha256.Size]byte

// Key is what a client proves itself with: the record's ID and the verifier of its current secret.
type Key struct {
	ID       ID
	Verifier Verifier
	// ByUser asks for no secret: who has made the key knows whose the record is, and it must be the User's ("": nobody's). It is
	// for those who act for a user on sessions that are not the request's, never made of what a client has sent alone. [CheckUser] lets the User through.
	ByUser bool
	User   string
}

// UserKey returns the key of the record with an ID that belongs to a user.
func UserKey(id ID, user string) Key { return Key{ID: id, ByUser: true, User: user} }

// String returns the ID in base64url without padding, 22 characters.
func (id ID) String() string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// IsZero reports whether id is the zero ID, which no record has.
func (id ID) IsZero() bool { return id == ID{} }

// Compare orders IDs bytewise, as their hexadecimal form would be.
func (id ID) Compare(other ID) int { return bytes.Compare(id[:], other[:]) }

var errID = wrap(ErrValue, "malformed session ID")

// ParseID reads what [ID.String] wrote, and nothing else. The error matches [ErrValue].
func ParseID(text string) (ID, error) {
	var id ID
	if len(text) != base64.RawURLEncoding.EncodedLen(len(id)) {
		return ID{}, errID
	}
	n, err := base64.RawURLEncoding.Strict().Decode(id[:], []byte(text))
	if err != nil || n != len(id) { // the decoder skips line breaks
		return ID{}, errID
	}
	return id, nil
}

// MarshalText implements [encoding.TextMarshaler]: it returns what String does.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]; see [ParseID].
func (id *ID) UnmarshalText(text []byte) error {
	parsed, err := ParseID(string(text))
	if err == nil {
		*id = parsed
	}
	return err
}

// Verifier returns what is stored of s.
func (s Secret) Verifier() Verifier { return sha256.Sum256(s[:]) }

// Equal compares in constant time.
func (v Verifier) Equal(other Verifier) bool { return subtle.ConstantTimeCompare(v[:], other[:]) == 1 }

const redacted = "[redacted]"

// Secrets and verifiers keep themselves out of logs, whatever verb or handler meets them. (One that fmt finds in an
// unexported field has no say, nor has one under %p or %w, which go vet reports.)

func (Secret) String() string             { return redacted }
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }
func (Secret) LogValue() slog.Value       { return slog.StringValue(redacted) }

// MarshalText returns a placeholder.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func (Verifier) String() string             { return redacted }
func (Verifier) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }
func (Verifier) LogValue() slog.Value       { return slog.StringValue(redacted) }

// MarshalText returns a placeholder.
func (Verifier) MarshalText() ([]byte, error) { return []byte(redacted), nil }
