package storeurl

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// TestMain looks for goroutines left behind, but for one that the Redis client leaves asleep for a second after its Close.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"))
}

// serverURL returns the URL of a server for the test: the one that the variable holds, or of one that the script starts.
func serverURL(t *testing.T, variable, script string) *url.URL {
	t.Helper()
	text := testserver.Serve(t, variable, script, "MONGO_SERVER_AUTH=")
	if variable == "MYSQL_URL" {
		return testserver.MySQLURL(text)
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	for _, tc := range []struct{ url, kind, name string }{
		{"memory:", "memory", "memory, gone when this process ends"},
		{"sqlite:" + path, "SQLite", "SQLite file " + path},
		{"sqlitedb:" + path + "-app?prefix=s_", "SQLite", "SQLite file " + path + `-app, tables that begin with "s_"`},
	} {
		opened, err := Open(t.Context(), tc.url, Create)
		if err != nil {
			t.Fatal(err)
		}
		if opened.Name != tc.name || opened.Kind != tc.kind {
			t.Errorf("%s is called %q, a %q", tc.url, opened.Name, opened.Kind)
		}
		now := time.Now()
		record := driver.Record{Meta: driver.Meta{ID: driver.ID{1}, Created: now, LastUsed: now, Expires: now.Add(time.Hour)}}
		if err := opened.Store.Create(t.Context(), driver.Verifier{}, record); err != nil {
			t.Errorf("%s: %v", tc.url, err)
		}
		if _, ok := opened.Store.(driver.Finder); !ok {
			t.Errorf("%s hides the store's abilities", tc.url)
		}
		if err := opened.Close(); err != nil {
			t.Errorf("%s: %v", tc.url, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("the file has mode %o", mode)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("empty.db", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		url, message string
		mode         Mode
	}{
		{"", "scheme is no known kind of store; known are memory:, sqlite:, sqlitedb:, postgres:, mysql:, mongodb:, redis:", Create},
		{"etcd://host", "etcd is no known kind of store; known are memory:, sqlite:, ", Create},
		{"sqlite", `sqlite is no known kind of store`, Create},
		{"secret@host:1", "scheme is no known kind of store", Create},
		{"Redis://host", "Redis is no known kind of store", Create},
		{"unix:///no.sock?db=1&prefx=p", `unknown parameter "prefx"`, Create},
		{"unix:///no.sock?db=1", "/no.sock: no such file", Create},
		{"redis://h/0?timeout=0s", "store URL: timeout is not above zero", Create},
		{"redis:host", "redis needs // and a host", Create},
		{"memory:x", "nothing after it", Create},
		{"sqlite:", "write sqlite:PATH", Create},
		{"sqlite://sessions.db", "write sqlite:PATH", Create},
		{"sqlite::memory:", "memory: keeps sessions in memory", Create},
		{"sqlite:file:x?mode=memory", "memory: keeps sessions in memory", Create},
		{"sqlite:s.db?mode=ro", "sqlite:PATH takes no parameters", Create},
		{"sqlitedb:", "write sqlitedb:PATH", Create},
		{"sqlitedb://app.db", "write sqlitedb:PATH", Create},
		{"sqlitedb::memory:", "memory: keeps sessions in memory", Create},
		{"sqlitedb:app.db?mode=ro", `unknown parameter "mode"; known are prefix`, Create},
		{"sqlitedb:app.db?prefix=", "parameter prefix is empty", Create},
		{"sqlitedb:app.db?prefix=a&prefix=b", `parameter "prefix" is given twice`, Create},
		{"sqlitedb:none.db", "none.db: no such file", Existing},
		{"sqlitedb:none.db", "none.db: no such file", Unprepared},
		{"sqlitedb:empty.db", "empty.db: the file is empty", Existing},
		{"sqlite:none.db", "none.db: no such file", Existing},
		{"sqlite:none.db", "none.db: no such file", Unprepared},
		{"sqlite:empty.db", "empty.db: the file is empty", Existing},
		{"redis://u:secret@127.0.0.1:1/0", "127.0.0.1:1: ", Create},
		{"redis+cluster://u:secret@127.0.0.1:1,127.0.0.1:2", "127.0.0.1:1,127.0.0.1:2: ", Create},
		{"redis+sentinel://u:secret@127.0.0.1:1/0", "no master_set", Create},
		{"redis://u:secret@127.0.0.1:1/0?timeout=soon", "timeout is no duration", Create},
		{"redis://u:secret@127.0.0.1:1/0?prefx=staging:", `unknown parameter "prefx"; known are cache_ttl, `, Create},
		{"redis://u:secret@127.0.0.1:1/0?prefix=a&prefix=b", "parameter prefix given 2 times", Create},
		{"redis://u:secret@127.0.0.1:1/0?Prefix=a", `unknown parameter "Prefix"`, Create},
		{"redis://:sec/ret@127.0.0.1:1/0", "a reserved character in user, password or a parameter", Create},
		{"postgres:host", "postgres needs // and a host", Create},
		{"postgres://u:secret@host:port/db", "malformed host or port", Create},
		{"postgres://u:sec%ret@host/db", "malformed user or password", Create},
		{"postgres://u:secret@host/db?schema=%", "malformed parameters", Create},
		{"postgres://u:secret@host/db?sslmode=secre", "malformed for PostgreSQL: failed to configure TLS", Create},
		{"postgres://u:secret@host/db?schema=a&schema=b", `parameter "schema" is given twice`, Create},
		{"postgres://u:secret@host/db?schema=", "parameter schema is empty", Create},
		{"postgres://u:secret@host/db?Schema=a", "parameter schema is in the wrong case", Create},
		{"postgres://u:secret@host/db?SSLMODE=require", "parameter sslmode is in the wrong case", Create},
		{"postgres://u:secret@host/db#x", "a # that is not written %23", Create},
		{"postgres://u:secret@host/db?host=other", "parameter host says again", Create},
		{"postgres://u:secret@host:1/db?port=2", "parameter port says again", Create},
		{"postgres://u:secret@host/db?dbname=other", "parameter dbname says again", Create},
		{"postgres://u:secret@host/?dbname=a&database=b", "parameter database says again", Create},
		{"postgres://u:secret@host/db?user=other", "parameter user says again", Create},
		{"postgres://:secret@127.0.0.1:1/db?user=app", "127.0.0.1:1: connection refused", Create},
		{"postgres://u:secret@host/db?password=secret", "parameter password says again", Create},
		{"postgres://u:secret@127.0.0.1:1/db", "127.0.0.1:1: connection refused", Create},
		{"mysql:host", "mysql needs // and a host", Create},
		{"mysql://u:secret@host:port/db", "malformed host or port", Create},
		{"mysql://u:sec%ret@host/db", "malformed user or password", Create},
		{"mysql://u:secret@a,b/db", "mysql takes one host", Create},
		{"mysql://u:secret@host", "needs the name of a database", Create},
		{"mysql://u:secret@host/", "needs the name of a database", Create},
		{"mysql://u:secret@host/db/x", "needs the name of a database", Create},
		{"mysql://u:secret@host/db?prefx=p", `unknown parameter "prefx"; known are prefix, tls`, Create},
		{"mysql://u:secret@host/db?Prefix=p", "parameter prefix is in the wrong case", Create},
		{"mysql://u:secret@host/db?prefix=p&prefix=q", `parameter "prefix" is given twice`, Create},
		{"mysql://u:secret@host/db?prefix=", "parameter prefix is empty", Create},
		{"mysql://u:secret@host/db?tls=maybe", "tls is none of true, false, preferred, skip-verify", Create},
		{"mysql://u:secret@127.0.0.1:1/db", "127.0.0.1:1: connection refused", Create},
		{"mariadb://u:secret@127.0.0.1:1/db?prefix=p_", "127.0.0.1:1: connection refused", Unprepared},
		{"mysql://u:secret@%2Fno.sock/db", "/no.sock: no such file", Create},
		{"mongodb:host", "mongodb needs // and a host", Create},
		{"mongodb:///db", "no host", Create},
		{"mongodb+srv://u:secret@host.example.com:1/db", "one name, without a port", Create},
		{"mongodb://u:secret@host:port:port/db", "malformed host or port", Create},
		{"mongodb://u:secret@host/db?colection=s", `unknown parameter "colection"; known are collection, appName, `, Create},
		{"mongodb://u:secret@host/db?Collection=s", "parameter collection is in the wrong case", Create},
		{"mongodb://u:secret@host/db?collection=s&collection=t", `parameter "collection" is given twice`, Create},
		{"mongodb://u:secret@host/db?tls=true&TLS=false", `parameter "tls" is given twice`, Create},
		{"mongodb://u:secret@host/db?prefix=s", `unknown parameter "prefix"`, Create},
		{"mongodb://u:secret@host/db?tls=maybe", "malformed for MongoDB: ", Create},
		{"mongodb://u:secret@127.0.0.1:1/db", "127.0.0.1:1: connection refused", Create},
	} {
		opened, err := Open(t.Context(), tc.url, tc.mode)
		switch {
		case err == nil:
			t.Errorf("%s was opened: %v", tc.url, opened.Close())
		case !strings.Contains(err.Error(), tc.message), strings.Contains(err.Error(), "secret"), strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: %v, want %q", tc.url, err, tc.message)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("the folder of the empty file holds %v, %v", files, err)
	}
	if info, err := os.Stat("empty.db"); err != nil || info.Size() != 0 {
		t.Errorf("the empty file: %v, %v", info, err)
	}
}
