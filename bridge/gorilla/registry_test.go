package gorillabridge_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
)

// Outside of the manager's middleware another store is in use, so that gorilla's registry is of a request that has not passed it.
func TestRegistryMadeOutside(t *testing.T) {
	site := newSite(t)
	other := sessions.NewCookieStore(importKey)
	inside := newSiteOf(t, site.store, func(next http.Handler) http.Handler {
		managed := site.sessions.Middleware(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := other.Get(r, "lang"); err != nil {
				t.Error(err)
			}
			managed.ServeHTTP(w, r)
		})
	})
	b := inside.browser()
	b.must("auth", set("a", 1))
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		session, err := b.store.Get(r, "auth")
		if err != nil {
			t.Error(err)
		}
		for _, store := range []sessions.Store{b.store, session.Store()} {
			if again, err := store.Get(r, "auth"); again != session || err != nil {
				t.Errorf("another session, or error %v", err)
			}
			if copied, err := store.New(r, "auth"); err != nil || copied.Values["a"] != 1 {
				t.Errorf("New: %v, error %v", copied.Values, err)
			}
		}
		session.Values["b"] = 2
		if err := sessions.Save(r, w); err != nil { // with the outer request
			t.Error(err)
		}
		stranger := httptest.NewRequest(http.MethodGet, "/", nil)
		if _, err := session.Store().New(stranger, "auth"); !errors.Is(err, atomicsession.ErrNoMiddleware) {
			t.Errorf("New of another request: error %v", err)
		}
		session.Values["c"] = 3
		if err := session.Save(stranger, w); !errors.Is(err, atomicsession.ErrNoMiddleware) {
			t.Errorf("Save of another request: error %v", err)
		}
	})
	b.holds("auth", map[any]any{"a": 1, "b": 2})
}
