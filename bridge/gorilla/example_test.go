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
		resp, err := client.Get(server.URL)
		if err != nil {
			log.Fatal(err)
		}
		if _, err := io.Copy(os.Stdout, resp.Body); err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
	}
}
