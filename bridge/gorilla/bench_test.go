package gorillabridge_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
	"github.com/atomicsession/atomicsession/memstore"
)

// BenchmarkStores is a request that reads a value of a session with ten, and one that changes it.
func BenchmarkStores(b *testing.B) {
	manager, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{Cookie: atomicsession.CookieOptions{InsecureHTTP: true}})
	if err != nil {
		b.Fatal(err)
	}
	key := []byte("0123456789abcdef0123456789abcdef")
	none := func(next http.Handler) http.Handler { return next }
	for _, c := range []struct {
		name       string
		store      sessions.Store
		middleware func(http.Handler) http.Handler
	}{
		{"bridge", gorillabridge.New(manager), manager.Middleware},
		{"files", sessions.NewFilesystemStore(b.TempDir(), key), none},
		{"cookies", sessions.NewCookieStore(key), none},
	} {
		handler := func(save bool) http.Handler {
			return c.middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				session, err := c.store.Get(r, "auth")
				if err != nil {
					b.Error(err)
				}
				n, _ := session.Values["n"].(int)
				if session.IsNew {
					for i := range 9 {
						session.Values[string(rune('a'+i))] = "a value of some length"
					}
				}
				if session.Values["n"] = n + 1; save {
					if err := session.Save(r, w); err != nil {
						b.Error(err)
					}
				}
			}))
		}
		w := httptest.NewRecorder()
		handler(true).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		cookie := w.Result().Cookies()[0] //nolint:bodyclose // there is none
		for _, kind := range []struct {
			name string
			save bool
		}{{"read", false}, {"change", true}} {
			b.Run(kind.name+"/"+c.name, func(b *testing.B) {
				h := handler(kind.save)
				b.ReportAllocs()
				for b.Loop() {
					r := httptest.NewRequest(http.MethodGet, "/", nil)
					r.AddCookie(cookie)
					h.ServeHTTP(httptest.NewRecorder(), r)
				}
			})
		}
	}
}
