package peer

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"sync"
	"time"
)

// hand is a store as one would write it for just this application: the limit of what a library can reach. Every call checks
// that there is a session of the ID, that it has the verifier, and that it is live, in the same step. It can do what is timed, no
// more.
type hand interface {
	create(ctx context.Context, k handKey, expires time.Time, fields []Field) error
	text(ctx context.Context, k handKey, name string) (string, error)
	set(ctx context.Context, k handKey, expires time.Time, fields []Field) error
}

type handKey struct {
	id       [16]byte
	verifier [32]byte
}

var errNoSession = errors.New("no session")

type openHand func(ctx context.Context, url, place string) (h hand, close func(), err error)

func openByHand(open openHand) opener {
	return func(ctx context.Context, url, place string) (*App, error) {
		h, closeHand, err := open(ctx, url, place)
		if err != nil {
			return nil, err
		}
		handler := serve(func(w http.ResponseWriter, r *http.Request) (Session, error) {
			return &handSession{h: h, w: w, r: r}, nil
		}, failed)
		return &App{Handler: handler, Close: closeHand}, nil
	}
}

type handSession struct {
	h hand
	w http.ResponseWriter
	r *http.Request
}

// key returns what the cookie names: an ID and a secret.
func (s *handSession) key() (k handKey, ok bool) {
	c, err := s.r.Cookie("session")
	if err != nil || len(c.Value) != 43 {
		return k, false
	}
	var token [32]byte
	if _, err := base64.RawURLEncoding.Decode(token[:], []byte(c.Value)); err != nil {
		return k, false
	}
	return handKey{[16]byte(token[:16]), sha256.Sum256(token[16:])}, true
}

func (s *handSession) Text(name string) (string, error) {
	k, ok := s.key()
	if !ok {
		return "", nil
	}
	return s.h.text(s.r.Context(), k, name)
}

func (s *handSession) Set(fields ...Field) error {
	expires := time.Now().Add(14 * 24 * time.Hour)
	if k, ok := s.key(); ok {
		return s.h.set(s.r.Context(), k, expires, fields)
	}
	var token [32]byte
	rand.Read(token[:])
	k := handKey{[16]byte(token[:16]), sha256.Sum256(token[16:])}
	http.SetCookie(s.w, &http.Cookie{
		Name: "session", Value: base64.RawURLEncoding.EncodeToString(token[:]), Path: "/", Secure: true, HttpOnly: true,
	})
	return s.h.create(s.r.Context(), k, expires, fields)
}

func (*handSession) Save() error { return nil }

// memoryHand is a map.
type memoryHand struct {
	mu       sync.Mutex
	sessions map[[16]byte]*memoryRecord
}

type memoryRecord struct {
	verifier [32]byte
	expires  time.Time
	fields   map[string]string
}

func memoryByHand(context.Context, string, string) (hand, func(), error) {
	return &memoryHand{sessions: make(map[[16]byte]*memoryRecord)}, func() {}, nil
}

// find expects the lock to be held.
func (h *memoryHand) find(k handKey) (*memoryRecord, error) {
	r := h.sessions[k.id]
	if r == nil || subtle.ConstantTimeCompare(r.verifier[:], k.verifier[:]) == 0 || !time.Now().Before(r.expires) {
		return nil, errNoSession
	}
	return r, nil
}

func (h *memoryHand) create(_ context.Context, k handKey, expires time.Time, fields []Field) error {
	h.mu.Lock()
	h.sessions[k.id] = &memoryRecord{k.verifier, expires, make(map[string]string)}
	h.mu.Unlock()
	return h.set(context.Background(), k, expires, fields)
}

func (h *memoryHand) text(_ context.Context, k handKey, name string) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r, err := h.find(k)
	if err != nil {
		return "", err
	}
	return r.fields[name], nil
}

func (h *memoryHand) set(_ context.Context, k handKey, expires time.Time, fields []Field) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	r, err := h.find(k)
	if err != nil {
		return err
	}
	r.expires = expires
	for _, f := range fields {
		r.fields[f.Name] = f.Text
	}
	return nil
}

// same compares verifiers that a store returned.
func same(stored []byte, v [32]byte) bool { return bytes.Equal(stored, v[:]) }
