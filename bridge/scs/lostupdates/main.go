// Command lostupdates shows what an application of scs loses when requests overlap, and that the same handlers keep each other's keys when
// scsbridge keeps their sessions. It starts two servers on this machine and needs nothing else.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
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

func run(out io.Writer) error {
	alone := scs.New()
	bridged := scs.New()
	bridged.ErrorFunc = scsbridge.Use(bridged, memstore.New(nil), nil).ErrorFunc // what changes
	kept, back, err := try(alone)
	if err != nil {
		return err
	}
	keptBridged, backBridged, err := try(bridged)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%-50s %-18s %s\n", "", "scs", "scs on scsbridge")
	fmt.Fprintf(out, "%-50s %-18s %s\n", fmt.Sprintf("%d requests at once put a key each; kept:", requests), kept, keptBridged)
	fmt.Fprintf(out, "%-50s %-18s %s\n", "a request is slower than the sign-out; afterwards:", back, backBridged)
	return nil
}

// try runs the handlers of an application with a manager. It returns how many of the keys are kept, and who is signed in after the sign-out.
func try(sm *scs.SessionManager) (kept, after string, err error) {
	server := httptest.NewServer(sm.LoadAndSave(handlers(sm)))
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
func handlers(sm *scs.SessionManager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(_ http.ResponseWriter, r *http.Request) { sm.Put(r.Context(), "user", "ann") })
	mux.HandleFunc("/put", func(_ http.ResponseWriter, r *http.Request) {
		time.Sleep(work)
		sm.Put(r.Context(), r.FormValue("key"), "value")
	})
	mux.HandleFunc("/logout", func(_ http.ResponseWriter, r *http.Request) { _ = sm.Destroy(r.Context()) })
	mux.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%d of %d", len(sm.Keys(r.Context()))-1, requests)
	})
	mux.HandleFunc("/user", func(w http.ResponseWriter, r *http.Request) {
		if user := sm.GetString(r.Context(), "user"); user != "" {
			fmt.Fprintf(w, "%s is signed in", user)
			return
		}
		fmt.Fprint(w, "nobody")
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
