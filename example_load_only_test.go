package atomicsession_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// What every page reads stands in the options, what a route reads beside it in the route. From a store that can load single fields,
// such as redisstore, that is all that the request loads; the large draft of a form stays where it is.
func ExampleSession_LoadOnly() {
	var (
		name  = atomicsession.NewKey[string]("name")
		theme = atomicsession.NewKey[string]("theme")
		cart  = atomicsession.NewList[string]("cart")
		draft = atomicsession.NewKey[string]("draft")
	)
	layout := []atomicsession.Place{name, theme}
	sessions, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{LoadOnly: layout})
	if err != nil {
		panic(err)
	}

	mux := http.NewServeMux()
	mux.HandleFunc("POST /draft", func(w http.ResponseWriter, r *http.Request) { // which reads nothing
		err := sessions.Get(r.Context()).Update(r.Context(), name.Set("Ada"), cart.Push("tea"), draft.Set("Dear Charles, …"))
		if err != nil {
			sessions.WriteError(w, r, err)
		}
	})
	mux.HandleFunc("GET /cart", func(w http.ResponseWriter, r *http.Request) {
		s := sessions.Get(r.Context())
		s.LoadOnly(append(slices.Clip(layout), cart)...)
		who, items := "", []string(nil)
		if err := s.Read(r.Context(), name.Into(&who), cart.Into(&items)); err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		fmt.Fprintf(w, "%s has %d of tea", who, len(items))
	})
	handler := sessions.Middleware(mux)

	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "https://example.com/draft", nil))
	r := httptest.NewRequest(http.MethodGet, "https://example.com/cart", nil)
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	w = httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output: Ada has 1 of tea
}
