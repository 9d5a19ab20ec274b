package scsbridge_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/bridge/scs"
)

// Who was killed before the copy was removed, or could not remove it, leaves it to the sign-out.
func TestCopyThatWasLeft(t *testing.T) {
	t.Parallel()
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t, scsbridge.Options{Logger: slog.New(slog.DiscardHandler)})
			token := m.old(t)
			m.from.fail("delete", errors.New("killed"))
			want(t, m.SessionManager, token, map[string]any{"user": 7})
			if n := len(m.from.copies(t)); n != 1 {
				t.Fatalf("%d copies", n)
			}
			end(t, m, token)
			m.gone(t, token)
		})
	}
	// By what Iterate calls it, nobody can remove the copy: the ID is taken until the session would have ended.
	for name, end := range map[string]func(m *moving, ctx context.Context) error{
		"Destroy": func(m *moving, ctx context.Context) error { return m.Destroy(ctx) },
		"RenewToken": func(m *moving, ctx context.Context) error {
			defer func() { _, _, _ = m.Commit(ctx) }()
			return m.RenewToken(ctx)
		},
		"RenewToken and Destroy": func(m *moving, ctx context.Context) error {
			return errors.Join(m.RenewToken(ctx), m.Destroy(ctx))
		},
	} {
		t.Run("Iterate/"+name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t, scsbridge.Options{Logger: slog.New(slog.DiscardHandler)})
			token := m.old(t)
			m.from.fail("delete", errors.New("killed"))
			want(t, m.SessionManager, token, map[string]any{"user": 7})
			check(t, m.Iterate(t.Context(), func(ctx context.Context) error { return end(m, ctx) }))
			for _, m.ahead = range []time.Duration{0, time.Hour, 23 * time.Hour, 25 * time.Hour} {
				if m.lives(t, token) {
					t.Errorf("after %v the session is back", m.ahead)
				}
			}
		})
	}
}

// A dump of From that is put back brings back what ended more than a minute ago, and nothing else.
func TestFormerStoreRestored(t *testing.T) {
	t.Parallel()
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t, scsbridge.Options{})
			token := m.old(t)
			dump := maps.Clone(m.from.copies(t))
			end(t, m, token)
			for _, m.ahead = range []time.Duration{0, 50 * time.Second, 70 * time.Second} {
				check(t, m.from.Commit(token, bytes.Clone(dump[token]), time.Now().Add(time.Hour)))
				if lives := m.lives(t, token); lives != (m.ahead > time.Minute) {
					t.Errorf("after %v the session is back: %v", m.ahead, lives)
				}
				if name == "Delete by hand, of what the store may not have" && len(m.from.copies(t)) > 0 {
					t.Errorf("after %v From was asked, and has a copy still", m.ahead)
				}
			}
		})
	}
}

// Iterate knows what has moved.
func TestIterateWhileSessionsMove(t *testing.T) {
	t.Parallel()
	m := newMoving(t, scsbridge.Options{})
	token, other := m.old(t), m.old(t)
	want(t, m.SessionManager, token, map[string]any{"user": 7})
	n := 0
	check(t, m.Iterate(t.Context(), func(ctx context.Context) error {
		n++
		return m.Destroy(ctx)
	}))
	if n != 1 {
		t.Errorf("%d sessions", n)
	}
	m.gone(t, token)
	want(t, m.SessionManager, other, map[string]any{"user": 7})
}
