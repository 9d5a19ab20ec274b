package atomicsession_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/atomicsession/atomicsession"
)

// Parts of a program that do not know of each other change the session, and one update stores it all before the response's header.
func ExampleSession_Later() {
	var (
		views   = atomicsession.NewCounter("page_views")
		last    = atomicsession.NewKey[string]("last_page")
		variant = atomicsession.NewKey[string]("variant")
	)
	count := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := sessions.Get(r.Context()).Later(r.Context(), views.Inc(1), last.Set(r.URL.Path)); err != nil {
				sessions.WriteError(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Later(r.Context(), variant.SetIfAbsent("blue")); err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		fmt.Fprintln(w, "welcome")
	})
	show := func(_ http.ResponseWriter, r *http.Request) {
		doc, err := sessions.Get(r.Context()).Document(context.Background())
		fmt.Println(doc.Text(), err)
	}
	run(count(page).ServeHTTP, show)
	// Output:
	// {"last_page":"/","page_views":1,"variant":"blue"} <nil>
}
