// Command lostupdates shows what an application of gorilla/sessions loses when requests overlap, and that the same handlers keep each
// other's keys when gorillabridge keeps their sessions. It starts two servers on this machine and needs nothing else.
package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/bridge/gorilla"
	"github.com/atomicsession/atomicsession/internal/bridge/lostupdates"
	"github.com/atomicsession/atomicsession/memstore"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lostupdates:", err)
		os.Exit(1)
	}
}

func run(out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "lostupdates")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	files := sessions.NewFilesystemStore(dir, []byte("a key of at least thirty-two bytes"))
	manager, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{Cookie: atomicsession.CookieOptions{InsecureHTTP: true}})
	if err != nil {
		return err
	}
	after := manager.Middleware(handlers(gorillabridge.New(manager))) // what changes
	return lostupdates.Compare(out, "gorilla/sessions", handlers(files), after)
}

// handlers are those of the application. They do not know which store they have.
func handlers(store sessions.Store) http.Handler {
	mux := http.NewServeMux()
	// page serves a path: use is what the handler does with the session, which it saves if use says so.
	page := func(path string, use func(w http.ResponseWriter, r *http.Request, s *sessions.Session) (save bool)) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			s, err := store.Get(r, "app")
			if err == nil && use(w, r, s) {
				err = s.Save(r, w)
			}
			if err != nil {
				http.Error(w, http.StatusText(atomicsession.StatusCode(err)), atomicsession.StatusCode(err))
			}
		})
	}
	page("/login", func(_ http.ResponseWriter, _ *http.Request, s *sessions.Session) bool {
		s.Values["user"] = "ann"
		return true
	})
	page("/put", func(_ http.ResponseWriter, r *http.Request, s *sessions.Session) bool {
		time.Sleep(lostupdates.Work)
		s.Values[r.FormValue("key")] = "value"
		return true
	})
	page("/logout", func(_ http.ResponseWriter, _ *http.Request, s *sessions.Session) bool {
		s.Options.MaxAge = -1
		return true
	})
	page("/count", func(w http.ResponseWriter, _ *http.Request, s *sessions.Session) bool {
		fmt.Fprintf(w, "%d of %d", len(s.Values)-1, lostupdates.Requests)
		return false
	})
	page("/user", func(w http.ResponseWriter, _ *http.Request, s *sessions.Session) bool {
		if user, _ := s.Values["user"].(string); user != "" {
			fmt.Fprintf(w, "%s is signed in", user)
			return false
		}
		fmt.Fprint(w, "nobody")
		return false
	})
	return mux
}
