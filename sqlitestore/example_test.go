package sqlitestore_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// A store is opened when the program starts, swept while it runs, and closed when nothing uses it any more.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	ctx, stop := context.WithCancel(context.Background())
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "sessions.db"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	sessions, err := atomicsession.New(store, nil)
	if err != nil {
		log.Fatal(err)
	}
	var sweeper sync.WaitGroup
	sweeper.Go(func() { _ = sessions.RunSweeper(ctx, 10*time.Minute) }) // expired sessions take room until then
	defer sweeper.Wait()
	defer stop()

	visits := atomicsession.NewCounter("visits")
	server := httptest.NewTLSServer(sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := sessions.Get(r.Context())
		n, err := visits.Add(r.Context(), s, 1)
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		fmt.Fprintf(w, "visit %d\n", n)
	})))
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
	// visit 1
	// visit 2
	// visit 3
}
