package gorillabridge_test

import (
	"encoding/gob"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
	"github.com/atomicsession/atomicsession/memstore"
)

// The handler is one of gorilla/sessions, and stays as it is. Two lines change: the store, and what is served.
func Example() {
	manager, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true}, // for the example, which has no TLS
	})
	if err != nil {
		log.Fatal(err)
	}
	var store sessions.Store = gorillabridge.New(manager) // was sessions.NewCookieStore(keys)

	router := http.NewServeMux()
	router.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		session, err := store.Get(r, "visits")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		n, _ := session.Values["n"].(int)
		session.Values["n"] = n + 1
		if err := session.Save(r, w); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "visit", n+1)
	})
	server := httptest.NewServer(manager.Middleware(router)) // was router
	defer server.Close()

	visit(server, 2)
	// Output:
	// visit 1
	// visit 2
}

// The whole move: two lines, and Import, so that visitors of yesterday stay signed in today.
func ExampleImport() {
	old := sessions.NewCookieStore([]byte("the key of the old application...")) // as it was, with its Options
	old.Options = &sessions.Options{Path: "/", MaxAge: 86400 * 30, HttpOnly: true}
	manager, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		Import: gorillabridge.Import(old, importKey, "auth"),                // importKey: 32 random bytes, of a secret store
		Cookie: atomicsession.CookieOptions{Name: "id", InsecureHTTP: true}, // for the example, which has no TLS
	})
	if err != nil {
		log.Fatal(err)
	}

	application := func(store sessions.Store) http.Handler {
		router := http.NewServeMux()
		router.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
			session, _ := store.Get(r, "auth")
			session.Values["user"] = "Ann"
			session.AddFlash("Welcome!")
			if err := session.Save(r, w); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
		router.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
			session, _ := store.Get(r, "auth")
			flashes := session.Flashes()
			if err := session.Save(r, w); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			fmt.Fprintln(w, session.Values["user"], flashes)
		})
		return router
	}
	yesterday := httptest.NewServer(application(old))
	defer yesterday.Close()
	today := httptest.NewServer(manager.Middleware(application(gorillabridge.New(manager))))
	defer today.Close()

	jar, err := cookiejar.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	resp, err := client.Post(yesterday.URL, "", nil)
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	get(client, today.URL)
	get(client, today.URL)
	// Output:
	// Ann [Welcome!]
	// Ann []
}

// Notice is a flash of a type of its own, which gob must know.
type Notice struct{ Level, Text string }

func init() { gob.Register(Notice{}) }

func ExampleStore_Save_flash() {
	manager, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true}, // for the example, which has no TLS
	})
	if err != nil {
		log.Fatal(err)
	}
	store := gorillabridge.New(manager)
	server := httptest.NewServer(manager.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := store.Get(r, "notices")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		notices := session.Flashes()
		session.AddFlash(Notice{"info", "The order is on its way."})
		if err := session.Save(r, w); err != nil { // before anything is written
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		for _, notice := range notices {
			fmt.Fprintln(w, notice.(Notice).Level+":", notice.(Notice).Text)
		}
	})))
	defer server.Close()

	visit(server, 2)
	// Output: info: The order is on its way.
}

// visit visits the server, with cookies, and prints what it answers.
func visit(server *httptest.Server, times int) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	for range times {
		get(client, server.URL)
	}
}

// get prints what is there.
func get(client *http.Client, url string) {
	resp, err := client.Get(url)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(os.Stdout, resp.Body); err != nil {
		log.Fatal(err)
	}
}
