package scsbridge_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// codecFunc is a Codec that decodes as it likes.
type codecFunc func([]byte) (time.Time, map[string]any, error)

func (codecFunc) Encode(time.Time, map[string]any) ([]byte, error) { return []byte("secret"), nil }

func (f codecFunc) Decode(b []byte) (time.Time, map[string]any, error) { return f(b) }

func TestUnreadableSession(t *testing.T) {
	t.Parallel()
	holding := func(values map[string]any) codecFunc {
		return func([]byte) (time.Time, map[string]any, error) { return time.Now().Add(time.Hour), values, nil }
	}
	for name, codec := range map[string]scs.Codec{
		"gob":               scs.GobCodec{},
		"an error":          codecFunc(func(b []byte) (time.Time, map[string]any, error) { return time.Time{}, nil, errors.New(string(b)) }),
		"a panic":           codecFunc(func(b []byte) (time.Time, map[string]any, error) { panic(string(b)) }),
		"a type gob lacks":  holding(map[string]any{"a": func() string { return "secret" }}),
		"a key too long":    holding(map[string]any{strings.Repeat("k", 2000): "secret"}),
		"beyond year 9999":  codecFunc(func([]byte) (time.Time, map[string]any, error) { return time.Now().AddDate(9000, 0, 0), nil, nil }),
		"too much to store": holding(nil), // as the store says
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, store, log := newFormer(), &failing{Store: memstore.New(nil)}, &bytes.Buffer{}
			sm := scs.New()
			sm.Store, sm.Codec = from, codec
			check(t, from.Commit("token", []byte("secret\nsecret"), time.Now().Add(time.Hour)))
			if name == "too much to store" {
				store.fail("create", driver.ErrTooLarge)
			}
			scsbridge.Use(sm, store, &scsbridge.Options{From: from, Logger: slog.New(slog.NewTextHandler(log, nil))})
			want(t, sm, "token", map[string]any{})
			if len(from.copies(t)) != 1 || strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "cannot be read") {
				t.Errorf("%d copies, and the log is %q", len(from.copies(t)), log)
			}
			if strings.Contains(log.String(), "secret") || strings.Contains(log.String(), "token") {
				t.Errorf("the log is %q", log)
			}
		})
	}
}

// A session may be as large as it was.
func TestMoveOfALargeSession(t *testing.T) {
	t.Parallel()
	m := newMoving(t, scsbridge.Options{Limits: driver.Limits{Size: 100}})
	token := begin(t, m.before, map[string]any{"a": strings.Repeat("x", 1000)})
	want(t, m.SessionManager, token, map[string]any{"a": strings.Repeat("x", 1000)})
}

func TestFormerStoreThatFails(t *testing.T) {
	t.Parallel()
	log := &bytes.Buffer{}
	m := newMoving(t, scsbridge.Options{Logger: slog.New(slog.NewTextHandler(log, nil))})
	token := m.old(t)
	down := errors.New("down:\nGET " + token)

	m.from.fail("find", down)
	_, err := m.Load(t.Context(), token)
	wantErr(t, err, driver.ErrUnavailable)
	wantErr(t, err, down)
	if strings.Contains(err.Error(), token) {
		t.Errorf("the error is %q", err)
	}
	m.from.fail("delete", down)
	want(t, m.SessionManager, token, map[string]any{"user": 7})
	if len(m.from.copies(t)) != 1 || strings.Count(log.String(), "\n") != 1 || strings.Contains(log.String(), token) {
		t.Errorf("%d copies, and the log is %q", len(m.from.copies(t)), log)
	}
	ctx := load(t, m.SessionManager, token)
	for _, end := range []func(context.Context) error{m.RenewToken, m.Destroy} {
		m.from.fail("delete", down)
		err = end(ctx)
		wantErr(t, err, driver.ErrUnavailable)
		if strings.Contains(err.Error(), token) {
			t.Errorf("the error is %q", err)
		}
		want(t, m.SessionManager, token, map[string]any{"user": 7})
	}
	check(t, m.Destroy(ctx))
	m.gone(t, token)

	late, cancel := context.WithCancel(t.Context())
	m.from.after("find", cancel)
	other := m.old(t)
	_, err = m.Load(late, other)
	wantErr(t, err, context.Canceled)
	wantErr(t, err, driver.ErrUnavailable)
	want(t, m.SessionManager, other, map[string]any{"user": 7})

	late, cancel = context.WithCancel(t.Context())
	m.store.after("create", cancel)
	_, err = m.Load(late, m.old(t))
	if check(t, err); len(m.from.copies(t)) > 0 {
		t.Error("the copy stays when the visitor closes the page")
	}
}

// The store may not tell what has become of the Create.
func TestMoveOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	for _, effect := range []bool{true, false} {
		m := newMoving(t, scsbridge.Options{})
		token := m.old(t)
		m.store.failAfter("create", driver.ErrUnknownOutcome, effect)
		if _, err := m.Load(t.Context(), token); effect {
			check(t, err)
		} else {
			wantErr(t, err, driver.ErrUnknownOutcome)
		}
		want(t, m.SessionManager, token, map[string]any{"user": 7})
	}
}
