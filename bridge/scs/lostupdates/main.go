// Command lostupdates shows what an application of scs loses when requests overlap, and that the same handlers keep each other's keys when
// scsbridge keeps their sessions. It starts two servers on this machine and needs nothing else.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/internal/bridge/lostupdates"
	"github.com/atomicsession/atomicsession/memstore"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lostupdates:", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	alone, bridged := scs.New(), scs.New()
	bridged.ErrorFunc = scsbridge.Use(bridged, memstore.New(nil), nil).ErrorFunc // what changes
	return lostupdates.Compare(out, "scs", alone.LoadAndSave(handlers(alone)), bridged.LoadAndSave(handlers(bridged)))
}

// handlers are those of the application. They do not know which store they have.
func handlers(sm *scs.SessionManager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(_ http.ResponseWriter, r *http.Request) { sm.Put(r.Context(), "user", "ann") })
	mux.HandleFunc("/put", func(_ http.ResponseWriter, r *http.Request) {
		time.Sleep(lostupdates.Work)
		sm.Put(r.Context(), r.FormValue("key"), "value")
	})
	mux.HandleFunc("/logout", func(_ http.ResponseWriter, r *http.Request) { _ = sm.Destroy(r.Context()) })
	mux.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%d of %d", len(sm.Keys(r.Context()))-1, lostupdates.Requests)
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
