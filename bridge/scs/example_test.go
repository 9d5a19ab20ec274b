package scsbridge_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/memstore"
)

func Example() {
	sm := scs.New()
	b := scsbridge.Use(sm, memstore.New(nil), nil)
	sm.ErrorFunc = b.ErrorFunc

	visits := sm.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sm.Put(r.Context(), "visits", sm.GetInt(r.Context(), "visits")+1)
		fmt.Fprint(w, sm.GetInt(r.Context(), "visits"))
	}))

	first := httptest.NewRecorder()
	visits.ServeHTTP(first, httptest.NewRequest("GET", "/", nil))
	again := httptest.NewRequest("GET", "/", nil)
	again.AddCookie(first.Result().Cookies()[0])
	second := httptest.NewRecorder()
	visits.ServeHTTP(second, again)
	fmt.Println(first.Body, second.Body)
	// Output: 1 2
}

// An API whose clients keep the token themselves, and send it in a header.
func ExampleBridge_CommitCtx() {
	sm := scs.New()
	scsbridge.Use(sm, memstore.New(nil), nil)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, err := sm.Load(r.Context(), r.Header.Get("X-Session"))
		if err != nil {
			http.Error(w, "session unavailable", http.StatusServiceUnavailable)
			return
		}
		sm.Put(ctx, "calls", sm.GetInt(ctx, "calls")+1)
		token, _, err := sm.Commit(ctx)
		if err != nil {
			http.Error(w, "session ended", http.StatusGone)
			return
		}
		w.Header().Set("X-Session", token)
		fmt.Fprint(w, sm.GetInt(ctx, "calls"))
	})

	first := httptest.NewRecorder()
	handler.ServeHTTP(first, httptest.NewRequest("GET", "/", nil))
	again := httptest.NewRequest("GET", "/", nil)
	again.Header.Set("X-Session", first.Header().Get("X-Session"))
	second := httptest.NewRecorder()
	handler.ServeHTTP(second, again)
	fmt.Println(first.Body, second.Body)
	// Output: 1 2
}
