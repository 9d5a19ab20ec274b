package redisstore_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/redisstore"
)

// Most requests read the session and change nothing: the first asks the server, the others find it in memory. What another process
// changes arrives as the server tells of it, and within a minute whatever happens.
func ExampleOptions_clientSideCaching() {
	store, err := redisstore.Open(context.Background(), serverURL(), &redisstore.Options{CacheTTL: time.Minute})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	sessions, err := atomicsession.New(store, nil)
	if err != nil {
		log.Fatal(err)
	}

	theme := atomicsession.NewKey[string]("theme")
	app := http.NewServeMux()
	app.HandleFunc("POST /theme", func(w http.ResponseWriter, r *http.Request) {
		err := sessions.Get(r.Context()).Update(r.Context(), theme.Set(r.FormValue("theme"))) // always asks the server
		if err != nil {
			sessions.WriteError(w, r, err)
		}
	})
	app.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		text, _, err := theme.Get(r.Context(), sessions.Get(r.Context()))
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		fmt.Fprintln(w, text)
	})
	server := httptest.NewTLSServer(sessions.Middleware(app))
	defer server.Close()

	browser := server.Client()
	browser.Jar, _ = cookiejar.New(nil)
	for _, text := range []string{"dark", "light"} {
		resp, err := browser.PostForm(server.URL+"/theme", map[string][]string{"theme": {text}})
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
		for range 2 { // what this store has changed it reads at once
			resp, err := browser.Get(server.URL)
			if err != nil {
				log.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			fmt.Print(string(body))
		}
	}
	// Output:
	// dark
	// dark
	// light
	// light
}

// serverURL is redis://localhost:6379 for instance.
func serverURL() string { return redisstore.URL() }
