// Command lostupdates shows what an application of gorilla/sessions loses when requests overlap, and that the same handlers keep each
// other's keys when gorillabridge keeps their sessions. It starts two servers on this machine and needs nothing else.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/bridge/gorilla"
	"github.com/atomicsession/atomicsession/memstore"
)

const (
	requests = 30
	work     = 20 * time.Millisecond // what a handler does besides
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
	kept, back, err := try(handlers(files))
	if err != nil {
		return err
	}
	keptBridged, backBridged, err := try(manager.Middleware(handlers(gorillabridge.New(manager)))) // what changes
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%-50s %-18s %s\n", "", "gorilla/sessions", "on gorillabridge")
	fmt.Fprintf(out, "%-50s %-18s %s\n", fmt.Sprintf("%d requests at once set a key each; kept:", requests), kept, keptBridged)
	fmt.Fprintf(out, "%-50s %-18s %s\n", "a request is slower than the sign-out; afterwards:", back, backBridged)
	return nil
}

// try runs the handlers of an application. It returns how many of the keys are kept, and who is signed in after the sign-out.
func try(app http.Handler) (kept, after string, err error) {
	server := httptest.NewServer(app)
	defer server.Close()
	cookie, _, err := get(server, "/login", "")
	if err != nil {
		return "", "", err
	}
	var all sync.WaitGroup
	for i := range requests {
		all.Go(func() { _, _, _ = get(server, fmt.Sprint("/put?key=k", i), cookie) })
	}
	all.Wait()
	if _, kept, err = get(server, "/count", cookie); err != nil {
		return "", "", err
	}
	all.Go(func() { _, _, _ = get(server, "/put?key=slow", cookie) })
	time.Sleep(work / 2)
	if _, _, err = get(server, "/logout", cookie); err != nil {
		return "", "", err
	}
	all.Wait()
	_, after, err = get(server, "/user", cookie)
	return kept, after, err
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
		time.Sleep(work)
		s.Values[r.FormValue("key")] = "value"
		return true
	})
	page("/logout", func(_ http.ResponseWriter, _ *http.Request, s *sessions.Session) bool {
		s.Options.MaxAge = -1
		return true
	})
	page("/count", func(w http.ResponseWriter, _ *http.Request, s *sessions.Session) bool {
		fmt.Fprintf(w, "%d of %d", len(s.Values)-1, requests)
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

// get asks for a page, as a browser that has the cookie, and returns the cookie that it has then.
func get(server *httptest.Server, page, cookie string) (newCookie, body string, err error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, server.URL+page, nil)
	if err != nil {
		return "", "", err
	}
	r.Header.Set("Cookie", cookie)
	resp, err := server.Client().Do(r)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	newCookie, _, _ = strings.Cut(resp.Header.Get("Set-Cookie"), ";")
	return newCookie, string(text), err
}
