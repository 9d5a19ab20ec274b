package scsbridge_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/memstore"
)

// A request that reads, and one that also puts, of a session with four values, and with a struct beside them.
func BenchmarkRequest(b *testing.B) {
	for _, library := range []string{"scs", "bridge"} {
		for _, what := range []string{"read", "put", "struct/read", "struct/put"} {
			b.Run(library+"/"+what, func(b *testing.B) {
				sm := scs.New()
				if library == "bridge" {
					scsbridge.Use(sm, memstore.New(nil), nil)
				}
				ctx, err := sm.Load(context.Background(), "")
				if err != nil {
					b.Fatal(err)
				}
				for key, v := range map[string]any{"user": "42", "lang": "de", "n": 1, "admin": true} {
					sm.Put(ctx, key, v)
				}
				if strings.HasPrefix(what, "struct/") {
					sm.Put(ctx, "at", Point{X: 1})
				}
				token, _, err := sm.Commit(ctx)
				if err != nil {
					b.Fatal(err)
				}
				handler := sm.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					n := sm.GetInt(r.Context(), "n")
					if strings.HasSuffix(what, "put") {
						sm.Put(r.Context(), "n", n+1)
					}
				}))
				r := httptest.NewRequest("GET", "/", nil)
				r.AddCookie(&http.Cookie{Name: "session", Value: token})
				b.ReportAllocs()
				for b.Loop() {
					handler.ServeHTTP(httptest.NewRecorder(), r)
				}
			})
		}
	}
}
