package atomicsession_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

var views = atomicsession.NewCounter("views")

// A whole program: a handler that counts a visitor's views, and a browser that visits it three times.
func Example() {
	sessions, err := atomicsession.New(memstore.New(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		n, err := views.Add(r.Context(), sessions.Get(r.Context()), 1) // one round trip
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		fmt.Fprintf(w, "view %d\n", n)
	})
	server := httptest.NewTLSServer(sessions.Middleware(mux))
	defer server.Close()

	browser := server.Client()
	browser.Jar, _ = cookiejar.New(nil)
	for range 3 {
		resp, err := browser.Get(server.URL)
		if err != nil {
			log.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Print(string(text))
	}
	// Output:
	// view 1
	// view 2
	// view 3
}
