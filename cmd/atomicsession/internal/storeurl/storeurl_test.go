package storeurl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/driver"
)

// TestMain looks for goroutines left behind, but for one that the Redis client leaves asleep for a second after its Close.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"))
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	for _, tc := range []struct{ url, name string }{
		{"memory:", "memory, gone when this process ends"},
		{"sqlite:" + path, "SQLite file " + path},
	} {
		opened, err := Open(t.Context(), tc.url, Create)
		if err != nil {
			t.Fatal(err)
		}
		if opened.Name != tc.name {
			t.Errorf("%s is called %q", tc.url, opened.Name)
		}
		now := time.Now()
		record := driver.Record{Meta: driver.Meta{ID: driver.ID{1}, Created: now, LastUsed: now, Expires: now.Add(time.Hour)}}
		if err := opened.Store.Create(t.Context(), driver.Verifier{}, record); err != nil {
			t.Errorf("%s: %v", tc.url, err)
		}
		if _, ok := opened.Store.(driver.UserIndex); !ok {
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
	for _, tc := range []struct {
		url, message string
		mode         Mode
	}{
		{"", `unknown store ""; known are memory:, sqlite:PATH`, Create},
		{"etcd://host", `unknown store "etcd"; known are memory:, sqlite:PATH`, Create},
		{"sqlite", `unknown store "sqlite"; known are`, Create},
		{"memory:x", "nothing after it", Create},
		{"sqlite:", "write sqlite:PATH", Create},
		{"sqlite://sessions.db", "write sqlite:PATH", Create},
		{"sqlite:" + filepath.Join(t.TempDir(), "none.db"), "no such file", Existing},
		{"redis://u:secret@127.0.0.1:1/0", "127.0.0.1:1: ", Create},
		{"redis+cluster://u:secret@127.0.0.1:1,127.0.0.1:2", "127.0.0.1:1,127.0.0.1:2: ", Create},
		{"redis+sentinel://u:secret@127.0.0.1:1/0", "no master_set", Create},
		{"redis://u:secret@127.0.0.1:1/0?timeout=soon", "timeout is no duration", Create},
		{"postgres:host", "malformed postgres URL", Create},
		{"postgres://u:secret@host:port/db", "malformed postgres URL", Create},
		{"postgres://u:sec%ret@host/db", "malformed postgres URL", Create},
		{"postgres://u:secret@host/db?schema=%", "malformed postgres URL", Create},
		{"postgres://u:secret@host/db?sslmode=secret", "malformed postgres URL", Create},
		{"postgres://u:secret@127.0.0.1:1/db", "127.0.0.1:1: ", Create},
		{"mongodb:host", "malformed mongodb URL", Create},
		{"mongodb:///db", "malformed mongodb URL", Create},
		{"mongodb://u:secret@host:port:port/db", "malformed mongodb URL", Create},
		{"mongodb://u:secret@127.0.0.1:1/db?serverSelectionTimeoutMS=100", "127.0.0.1:1: ", Create},
	} {
		opened, err := Open(t.Context(), tc.url, tc.mode)
		switch {
		case err == nil:
			t.Errorf("%s was opened: %v", tc.url, opened.Close())
		case !strings.Contains(err.Error(), tc.message), strings.Contains(err.Error(), "secret"):
			t.Errorf("%s: %v, want %q", tc.url, err, tc.message)
		}
	}
}

func TestParseMongo(t *testing.T) {
	for _, tc := range []struct {
		text string
		want mongoURL
	}{
		{"mongodb://host", mongoURL{"mongodb://host/?", "host", "atomicsession", "sessions"}},
		{"mongodb://host/app?collection=s", mongoURL{"mongodb://host/app?", "host", "app", "s"}},
		{
			"mongodb://u:p%40@a:1,b:2/app?collection=s&replicaSet=r",
			mongoURL{"mongodb://u:p%40@a:1,b:2/app?replicaSet=r", "a:1,b:2", "app", "s"},
		},
	} {
		got, err := parseMongo(tc.text)
		if err != nil || got != tc.want {
			t.Errorf("%s: %+v, %v", tc.text, got, err)
		}
	}
}
