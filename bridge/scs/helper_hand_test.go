package scsbridge_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
)

// newManager returns a manager with a bridge.
func newManager(t *testing.T, store driver.Store, opts *scsbridge.Options) (*scs.SessionManager, *scsbridge.Bridge) {
	t.Helper()
	sm := scs.New()
	return sm, scsbridge.Use(sm, store, opts)
}

// load begins a request.
func load(t *testing.T, sm *scs.SessionManager, token string) context.Context {
	t.Helper()
	ctx, err := sm.Load(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

func commit(t *testing.T, sm *scs.SessionManager, ctx context.Context) (token string) {
	t.Helper()
	token, _, err := sm.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// begin stores a session and returns its token.
func begin(t *testing.T, sm *scs.SessionManager, values map[string]any) string {
	t.Helper()
	ctx := load(t, sm, "")
	for key, v := range values {
		sm.Put(ctx, key, v)
	}
	return commit(t, sm, ctx)
}

// want fails unless the session of a token holds just these.
func want(t *testing.T, sm *scs.SessionManager, token string, want map[string]any) {
	t.Helper()
	ctx := load(t, sm, token)
	got := map[string]any{}
	for _, key := range sm.Keys(ctx) {
		got[key] = sm.Get(ctx, key)
	}
	if !maps.Equal(got, want) {
		t.Errorf("the session holds %v, want %v", got, want)
	}
}

func wantErr(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("the error is %v, want %v", err, target)
	}
	if err != nil && (!strings.HasPrefix(err.Error(), "scsbridge: ") || strings.Contains(err.Error(), "\n")) {
		t.Errorf("the error is %q", err)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
