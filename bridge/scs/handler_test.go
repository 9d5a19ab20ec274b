package scsbridge_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// No token that a browser brings of its own becomes that of a session, whatever the application does with it.
func TestFixation(t *testing.T) {
	t.Parallel()
	for _, from := range []bool{false, true} {
		opts := &scsbridge.Options{}
		if from {
			opts.From = withContext{newFormer()}
		}
		sm, b := newManager(t, memstore.New(nil), opts)
		begin(t, sm, map[string]any{"user": 7})
		all, err := b.All()
		check(t, err)
		var handle string
		for handle = range all {
		}
		for _, hash := range []bool{false, true} {
			sm.HashTokenInStore = hash
			for _, token := range []string{
				"attacker", handle, "id:", strings.Repeat("x", 1<<15), handle + " ", strings.ToUpper(handle), " " + handle,
			} {
				for _, do := range []func(ctx context.Context) error{
					func(ctx context.Context) error { return nil }, sm.RenewToken, sm.Destroy, sm.Clear,
					func(ctx context.Context) error { return sm.MergeSession(ctx, token) },
				} {
					w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
					r.AddCookie(&http.Cookie{Name: "session", Value: token})
					sm.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if sm.Exists(r.Context(), "user") {
							t.Errorf("%.30q is a session", token)
						}
						check(t, do(r.Context()))
						sm.Put(r.Context(), "a", 1)
					})).ServeHTTP(w, r)
					if w.Code != 200 || len(w.Result().Cookies()) != 1 || w.Result().Cookies()[0].Value == token {
						t.Errorf("%.30q: %d", token, w.Code)
					}
					if _, found, _ := b.Find(token); found {
						t.Errorf("%.30q has become a session", token)
					}
				}
			}
		}
	}
}

// RenewToken is known however it is called.
func TestCallsOfRenewToken(t *testing.T) {
	t.Parallel()
	type app struct{ *scs.SessionManager }
	for name, renew := range map[string]func(sm *scs.SessionManager, ctx context.Context) error{
		"method value": func(sm *scs.SessionManager, ctx context.Context) error { f := sm.RenewToken; return f(ctx) },
		"embedded":     func(sm *scs.SessionManager, ctx context.Context) error { return app{sm}.RenewToken(ctx) },
		"interface": func(sm *scs.SessionManager, ctx context.Context) error {
			return interface{ RenewToken(context.Context) error }(app{sm}).RenewToken(ctx)
		},
		"go": func(sm *scs.SessionManager, ctx context.Context) error {
			done := make(chan error, 1)
			go func() { done <- sm.RenewToken(ctx) }()
			return <-done
		},
		"defer": func(sm *scs.SessionManager, ctx context.Context) (err error) {
			defer func() { err = sm.RenewToken(ctx) }()
			return nil
		},
	} {
		sm, _ := newManager(t, memstore.New(nil), nil)
		ctx := load(t, sm, begin(t, sm, map[string]any{"a": 1}))
		if err := renew(sm, ctx); err != nil {
			t.Error(name, err)
		}
		token, _, err := sm.Commit(ctx)
		if err != nil {
			t.Error(name, err)
			continue
		}
		want(t, sm, token, map[string]any{"a": 1})
	}
}

// What LoadAndSave stores of handlers that answer early, panic or clear the session.
func TestHandlers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handler func(sm *scs.SessionManager, w http.ResponseWriter, r *http.Request)
		want    map[string]any
	}{
		"write first": {func(sm *scs.SessionManager, w http.ResponseWriter, r *http.Request) {
			_, err := w.Write([]byte("x"))
			check(t, err)
			sm.Put(r.Context(), "late", 1)
		}, map[string]any{"a": 1}},
		"put, write, put, commit": {func(sm *scs.SessionManager, w http.ResponseWriter, r *http.Request) {
			sm.Put(r.Context(), "b", 1)
			_, err := w.Write([]byte("x"))
			check(t, err)
			sm.Put(r.Context(), "c", 1)
			commit(t, sm, r.Context())
		}, map[string]any{"a": 1, "b": 1, "c": 1}},
		"flush": {func(sm *scs.SessionManager, w http.ResponseWriter, r *http.Request) {
			check(t, http.NewResponseController(w).Flush())
			sm.Put(r.Context(), "b", 1)
		}, map[string]any{"a": 1, "b": 1}},
		"panic": {func(sm *scs.SessionManager, w http.ResponseWriter, r *http.Request) {
			sm.Put(r.Context(), "b", 1)
			panic(http.ErrAbortHandler)
		}, map[string]any{"a": 1}},
		"clear, renew, remember": {func(sm *scs.SessionManager, w http.ResponseWriter, r *http.Request) {
			check(t, sm.Clear(r.Context()))
			sm.RememberMe(r.Context(), true)
			sm.Put(r.Context(), "a", 1)
		}, map[string]any{"a": 1, "__rememberMe": true}},
	} {
		t.Run(name, func(t *testing.T) {
			sm, b := newManager(t, memstore.New(nil), nil)
			sm.HashTokenInStore, sm.Cookie.Persist, sm.ErrorFunc = true, false, b.ErrorFunc
			token := begin(t, sm, map[string]any{"a": 1})
			w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
			r.AddCookie(&http.Cookie{Name: "session", Value: token})
			func() {
				defer func() { _ = recover() }()
				sm.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { test.handler(sm, w, r) })).ServeHTTP(w, r)
			}()
			want(t, sm, token, test.want)
		})
	}
}

func TestErrorFunc(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		err    error
		put    bool
		status int
		logged bool
	}{
		{"ended, a change", driver.ErrNotFound, true, http.StatusGone, false},
		{"ended, a touch", driver.ErrNotFound, false, http.StatusAccepted, false},
		{"unavailable, a change", driver.ErrUnavailable, true, http.StatusServiceUnavailable, true},
		{"unavailable, a touch", driver.ErrUnavailable, false, http.StatusAccepted, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			store, log := &failing{Store: memstore.New(nil)}, &bytes.Buffer{}
			sm, b := newManager(t, store, &scsbridge.Options{Logger: slog.New(slog.NewTextHandler(log, nil))})
			sm.IdleTimeout, sm.ErrorFunc = time.Hour, b.ErrorFunc
			token := begin(t, sm, map[string]any{"a": "secret value"})
			w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
			r.AddCookie(&http.Cookie{Name: "session", Value: token})
			store.fail("update", test.err)
			sm.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if test.put {
					sm.Put(r.Context(), "b", "secret value")
				} else {
					w.WriteHeader(http.StatusAccepted)
				}
			})).ServeHTTP(w, r)
			if w.Code != test.status || len(w.Result().Cookies()) > 0 || (log.Len() > 0) != test.logged {
				t.Errorf("%d, %v, and the log is %q", w.Code, w.Result().Cookies(), log)
			}
			if strings.Contains(log.String()+w.Body.String(), "secret") || strings.Contains(log.String(), token) {
				t.Errorf("log %q, body %q", log, w.Body)
			}
		})
	}
}
