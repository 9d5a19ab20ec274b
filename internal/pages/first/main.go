package main

import (
	"fmt"
	"log"
	"net/http"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

var visits = atomicsession.NewCounter("visits")

func main() {
	// Over plain HTTP, on this machine only. With HTTPS pass nil.
	options := &atomicsession.Options{
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true},
	}
	sessions, err := atomicsession.New(memstore.New(nil), options)
	if err != nil {
		log.Fatal(err)
	}

	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s := sessions.Get(r.Context())
		// One atomic command to the store. Nothing to load or save.
		n, err := visits.Add(r.Context(), s, 1)
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		// Who has signed in; "" for nobody. Costs no second command.
		user, err := s.User(r.Context())
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		fmt.Fprintf(w, "visit %d, user %q\n", n, user)
	})

	http.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		// Check a password here. The cookie gets a new secret,
		// and what is in the session stays.
		err := sessions.Get(r.Context()).SignIn(r.Context(), "ann")
		sessions.WriteError(w, r, err) // does nothing if err is nil
	})

	// Refuses what other sites make a browser send.
	site := http.NewCrossOriginProtection().Handler(http.DefaultServeMux)
	handler := sessions.Middleware(site)
	log.Print("http://localhost:8080")
	log.Fatal(http.ListenAndServe("localhost:8080", handler))
}
