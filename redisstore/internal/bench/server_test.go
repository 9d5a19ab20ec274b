package bench

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/redisstore"
)

// server returns the URL of the server to use: REDIS_URL, or one of the test's own.
func server(t testing.TB) string {
	t.Helper()
	if url := os.Getenv("REDIS_URL"); url != "" {
		return url
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	cmd := exec.Command("redis-server", "--port", port, "--bind", host, "--dir", t.TempDir(), "--save", "", "--appendonly", "no")
	if err := cmd.Start(); err != nil {
		t.Fatalf("Debian: apt-get install redis-server: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			c.Close()
			return "redis://" + l.Addr().String()
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

const fields = 10

// manage returns sessions in the server.
func manage(t testing.TB, url string) *atomicsession.Manager {
	t.Helper()
	store, err := redisstore.Open(url, &redisstore.Options{Prefix: "bench:"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	sessions, err := atomicsession.New(store, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sessions
}

// ours serves /fill, which fills a session, and /write, which sets one field.
func ours(t testing.TB, url, filler string) http.Handler {
	sessions := manage(t, url)
	seen := atomicsession.NewKey[int64]("seen")
	var n atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/fill", func(w http.ResponseWriter, r *http.Request) {
		for i := range fields {
			key := atomicsession.NewKey[string](fmt.Sprint("field", i))
			if err := sessions.Get(r.Context()).Update(r.Context(), key.Set(filler)); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		}
	})
	mux.HandleFunc("/write", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Update(r.Context(), seen.Set(n.Add(1))); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return sessions.Middleware(mux)
}

// theirs serves the same with scs.
func theirs(t testing.TB, url, filler string) http.Handler {
	opt, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(opt)
	t.Cleanup(func() { client.Close() })
	sessions := scs.New()
	sessions.Store = goredisstore.New(client)
	var n atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/fill", func(_ http.ResponseWriter, r *http.Request) {
		for i := range fields {
			sessions.Put(r.Context(), fmt.Sprint("field", i), filler)
		}
	})
	mux.HandleFunc("/write", func(_ http.ResponseWriter, r *http.Request) { sessions.Put(r.Context(), "seen", n.Add(1)) })
	return sessions.LoadAndSave(mux)
}
