package demo

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// servers are those that the tests use: the script that starts one, and the variable that names one to use instead.
var servers = []struct{ script, variable, url string }{
	{script: "postgres-server.sh", variable: "POSTGRES_URL"},
	{script: "mariadb-server.sh", variable: "MYSQL_URL"},
	{script: "mongo-server.sh", variable: "MONGODB_URI"},
	{script: "redis-server.sh", variable: "REDIS_URL"},
}

func TestMain(m *testing.M) { os.Exit(withServers(m)) }

func withServers(m *testing.M) int {
	for i := range servers {
		s := &servers[i]
		url, stop, err := testserver.Use(s.variable, s.script, "MONGO_SERVER_AUTH=")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer stop()
		if s.url = url; s.variable == "MYSQL_URL" {
			s.url = testserver.MySQLURL(url).String()
		}
	}
	code := m.Run()
	// The Redis client leaves a goroutine asleep for a second after its Close, and scs.New one for good.
	err := goleak.Find(goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"),
		goleak.IgnoreAnyFunction("github.com/alexedwards/scs/v2/memstore.(*MemStore).startCleanup"))
	if err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// eachStore runs a test on the demo over every kind of store.
func eachStore(t *testing.T, test func(*testing.T, *httptest.Server)) {
	urls := []string{"memory:", "sqlite:" + filepath.Join(t.TempDir(), "sessions.db"), "sqlitedb:" + filepath.Join(t.TempDir(), "app.db")}
	for _, s := range servers {
		urls = append(urls, s.url)
	}
	for _, url := range urls {
		opened, err := storeurl.Open(t.Context(), url, storeurl.Create)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := opened.Close(); err != nil {
				t.Error(err)
			}
		})
		kind, _, _ := strings.Cut(url, ":")
		t.Run(kind, func(t *testing.T) { test(t, serve(t, opened.Store)) })
	}
}
