package scsbridge_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
)

// A move meets the end of its session, by another process or the same, before or after each of its calls, and then a fault.
func TestMoveMeetsAnEndAndAFault(t *testing.T) {
	t.Parallel()
	for call, at := range map[string]func(m *moving, f func(call func() error) error){
		"find":   func(m *moving, f func(func() error) error) { m.from.meet("find", f) },
		"delete": func(m *moving, f func(func() error) error) { m.from.meet("delete", f) },
		"load":   func(m *moving, f func(func() error) error) { m.store.meet("load", f) },
		"create": func(m *moving, f func(func() error) error) { m.store.meet("create", f) },
	} {
		for name := range ends {
			for _, fault := range []string{"unavailable", "unknown, arrived", "canceled"} {
				for _, before := range []bool{true, false} {
					t.Run(call+"/"+name+"/"+fault, func(t *testing.T) {
						t.Parallel()
						for _, processes := range []int{1, 2} {
							moveMeets(t, at, name, fault, before, processes)
						}
					})
				}
			}
		}
	}
}

func moveMeets(t *testing.T, at func(*moving, func(func() error) error), end, fault string, before bool, processes int) {
	quiet := slog.New(slog.DiscardHandler)
	m := newMoving(t, scsbridge.Options{Logger: quiet})
	other := *m
	if processes == 2 {
		other.SessionManager = scs.New()
		now := func() time.Time { return time.Now().Add(m.ahead) }
		other.bridge = scsbridge.Use(other.SessionManager, m.store, &scsbridge.Options{From: withContext{m.from}, Now: now, Logger: quiet})
	}
	token, next, met := m.old(t), "", false
	base, cancel := context.WithCancel(t.Context())
	defer cancel()
	at(m, func(call func() error) (err error) {
		met = true
		if before {
			next = ends[end](t, &other, token)
		}
		if fault == "canceled" {
			cancel()
		}
		if fault != "unavailable" {
			err = call()
		}
		if !before {
			next = ends[end](t, &other, token)
		}
		switch {
		case err != nil || fault == "canceled":
			return err
		case fault == "unavailable":
			return driver.ErrUnavailable
		}
		return driver.ErrUnknownOutcome
	})
	if ctx, err := m.Load(base, token); err == nil {
		m.Put(ctx, "late", 1)
		if _, _, err = m.SessionManager.Commit(ctx); err == nil && m.Token(ctx) == token {
			t.Errorf("%v, %d processes: a late Put is acknowledged", before, processes)
		}
	}
	if !met {
		t.Fatal("nothing was met")
	}
	m.gone(t, token)
	if next != "" {
		want(t, m.SessionManager, next, map[string]any{"user": 7})
	}
}
