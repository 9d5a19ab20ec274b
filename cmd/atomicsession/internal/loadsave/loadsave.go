// Package loadsave is a session as most libraries make it: a request loads the whole session, changes it in memory, and
// saves the whole of it back. It is here to be compared with atomicsession, and loses data by design: do not use it.
//
// It keeps the sessions encoded in a map, which is the fastest store there is, so each request's window for losing
// something is as short as its own work.
package loadsave

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
)

// ErrNoSession says that the request brings no live session.
var ErrNoSession = errors.New("no session")

// maxSessions bounds the memory. Beyond it, any session makes room for a new one.
const maxSessions = 1000

// Data is what a session holds.
type Data map[string]any

// Sessions keeps sessions. It is safe for concurrent use, which does not help: see the package comment.
type Sessions struct {
	// Cookie is the cookie to hand out, without a value.
	Cookie http.Cookie

	mu      sync.Mutex
	encoded map[string][]byte
}

// Begin begins a session.
func (s *Sessions) Begin(w http.ResponseWriter, data Data) error {
	return s.save(w, rand.Text(), data)
}

// Change loads the session of the request, lets the handler work on it, and saves it.
func (s *Sessions) Change(w http.ResponseWriter, r *http.Request, handle func(Data) error) error {
	id, data, err := s.load(r)
	if err != nil {
		return err
	}
	if err := handle(data); err != nil {
		return err
	}
	return s.save(w, id, data)
}

// Load returns what the session of the request holds.
func (s *Sessions) Load(r *http.Request) (Data, error) {
	_, data, err := s.load(r)
	return data, err
}

// Destroy ends the session of the request: logout.
func (s *Sessions) Destroy(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(s.Cookie.Name); err == nil {
		s.mu.Lock()
		delete(s.encoded, cookie.Value)
		s.mu.Unlock()
	}
	cookie := s.Cookie
	cookie.MaxAge = -1
	http.SetCookie(w, &cookie)
}

func (s *Sessions) load(r *http.Request) (id string, data Data, err error) {
	cookie, err := r.Cookie(s.Cookie.Name)
	if err != nil {
		return "", nil, ErrNoSession
	}
	s.mu.Lock()
	encoded, ok := s.encoded[cookie.Value]
	s.mu.Unlock()
	if !ok {
		return "", nil, ErrNoSession
	}
	return cookie.Value, data, json.Unmarshal(encoded, &data)
}

func (s *Sessions) save(w http.ResponseWriter, id string, data Data) error {
	encoded, err := json.Marshal(data)
	if err != nil {
		return err
	}
	s.mu.Lock()
	if s.encoded == nil {
		s.encoded = make(map[string][]byte)
	}
	for other := range s.encoded {
		if len(s.encoded) < maxSessions {
			break
		}
		delete(s.encoded, other)
	}
	s.encoded[id] = encoded
	s.mu.Unlock()
	cookie := s.Cookie
	cookie.Value = id
	http.SetCookie(w, &cookie)
	return nil
}
