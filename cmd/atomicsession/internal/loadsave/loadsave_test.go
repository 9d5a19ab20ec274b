package loadsave

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

// begin begins a session and returns a request that brings its cookie.
func begin(t *testing.T, s *Sessions, data Data) *http.Request {
	t.Helper()
	w := httptest.NewRecorder()
	if err := s.Begin(w, data); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	return r
}

// TestLastSaveWins shows the two faults that the demo compares with.
func TestLastSaveWins(t *testing.T) {
	s := &Sessions{Cookie: http.Cookie{Name: "s"}}
	r := begin(t, s, Data{"n": 0.0})
	increment := func(during func()) {
		t.Helper()
		err := s.Change(httptest.NewRecorder(), r, func(data Data) error {
			data["n"] = data["n"].(float64) + 1
			during()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	increment(func() { increment(func() {}) })
	if data, err := s.Load(r); err != nil || data["n"] != 1.0 {
		t.Errorf("of two overlapping increments %v are left, %v", data["n"], err)
	}
	increment(func() { s.Destroy(httptest.NewRecorder(), r) })
	if _, err := s.Load(r); err != nil {
		t.Errorf("the slow request did not bring the session back: %v", err)
	}
	s.Destroy(httptest.NewRecorder(), r)
	if _, err := s.Load(r); !errors.Is(err, ErrNoSession) {
		t.Errorf("a destroyed session: %v", err)
	}
}

func TestBound(t *testing.T) {
	s := &Sessions{Cookie: http.Cookie{Name: "s"}}
	for range maxSessions + 10 {
		if _, err := s.Load(begin(t, s, Data{})); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.encoded) != maxSessions {
		t.Errorf("%d sessions, want %d", len(s.encoded), maxSessions)
	}
}
