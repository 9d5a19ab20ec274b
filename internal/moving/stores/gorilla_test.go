package stores

import (
	"bytes"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/antonlindstrom/pgstore"
	"github.com/boj/redistore"
	"github.com/gomodule/redigo/redis"
	"github.com/gorilla/sessions"

	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
)

const week = 7 * 24 * time.Hour

// Pairs of keys, of signing and of encryption.
var (
	signed    = [][]byte{bytes.Repeat([]byte{1}, 32)}
	encrypted = [][]byte{bytes.Repeat([]byte{2}, 32), bytes.Repeat([]byte{3}, 32)}
	rotated   = append([][]byte{bytes.Repeat([]byte{4}, 32), bytes.Repeat([]byte{5}, 32)}, encrypted...)
)

// gorillaStores open a store with keys, twice at one place: of the application before, and for the importer.
var gorillaStores = []struct {
	name string
	open func(*testing.T) (open func(keys [][]byte) sessions.Store, kept *kept)
	racy bool
}{
	{"CookieStore", openCookieStore, false},
	{"FilesystemStore", openFilesystemStore, false},
	{"redistore", openRediStore, false},
	{"pgstore", openPGStore, true}, // its New writes the MaxAge of its keys
}

func TestGorilla(t *testing.T) {
	for _, store := range gorillaStores {
		for _, keys := range []struct {
			name     string
			old, new [][]byte
		}{
			{"signed", signed, signed},
			{"encrypted", encrypted, encrypted},
			{"rotated", encrypted, rotated},
		} {
			t.Run(store.name+", "+keys.name, func(t *testing.T) {
				check(t, func(t *testing.T) *application {
					open, kept := store.open(t)
					handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { signInGorilla(t, open(keys.old), w, r) })
					return &application{
						importer: gorillabridge.NewImporter(open(keys.new), "account"), server: serveOld(t, handler), cookie: "account",
						lifetime: week, kept: kept, racy: store.racy,
					}
				})
			})
		}
	}
}

func signInGorilla(t *testing.T, store sessions.Store, w http.ResponseWriter, r *http.Request) {
	session, err := store.New(r, "account")
	if err != nil {
		t.Error(err)
	}
	for key, value := range values() {
		session.Values[key] = value
	}
	if err := session.Save(r, w); err != nil {
		t.Error(err)
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func openCookieStore(*testing.T) (func([][]byte) sessions.Store, *kept) {
	return func(keys [][]byte) sessions.Store {
		store := sessions.NewCookieStore(keys...)
		store.MaxAge(int(week.Seconds()))
		return store
	}, nil
}

func openFilesystemStore(t *testing.T) (func([][]byte) sessions.Store, *kept) {
	folder := filepath.Join(t.TempDir(), "sessions")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	open := func(keys [][]byte) sessions.Store {
		store := sessions.NewFilesystemStore(folder, keys...)
		store.MaxAge(int(week.Seconds()))
		return store
	}
	all := func() map[string][]byte {
		records := make(map[string][]byte)
		files, err := os.ReadDir(folder)
		for _, file := range files {
			if records[file.Name()], err = os.ReadFile(filepath.Join(folder, file.Name())); err != nil {
				break
			}
		}
		if err != nil {
			t.Error(err)
		}
		return records
	}
	write := func(records map[string][]byte) {
		for name, b := range records {
			if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	k := keep(all, write)
	k.damages = map[string]func(){
		"cut off": func() { write(changed(all(), func(b []byte) []byte { return b[:len(b)/2] })) },
		"empty":   func() { write(changed(all(), func([]byte) []byte { return nil })) },
	}
	k.setDown = func(down bool) {
		from, to := folder, folder+" away"
		if !down {
			from, to = to, from
		}
		if err := os.Rename(from, to); err != nil {
			t.Error(err)
		}
	}
	return open, k
}

func openRediStore(t *testing.T) (func([][]byte) sessions.Store, *kept) {
	prefix := place()
	pool, proxy := openRedigo(t)
	open := func(keys [][]byte) sessions.Store {
		store, err := redistore.NewRediStoreWithPool(pool, keys...)
		if err != nil {
			t.Error(err)
		}
		store.SetKeyPrefix(prefix)
		store.SetMaxAge(int(week.Seconds()))
		store.Options.Secure = true
		return store
	}
	ask := func(command string, arguments ...any) any {
		c := pool.Get()
		defer c.Close()
		answer, err := c.Do(command, arguments...)
		if err != nil {
			t.Error(err)
		}
		return answer
	}
	all := func() map[string][]byte {
		records := make(map[string][]byte)
		names, err := redis.Strings(ask("KEYS", prefix+"*"), nil)
		for _, name := range names {
			records[name], err = redis.Bytes(ask("GET", name), err)
		}
		if err != nil {
			t.Error(err)
		}
		return records
	}
	write := func(records map[string][]byte) {
		for name, b := range records {
			ask("SET", name, b, "EX", 3600)
		}
	}
	k := keep(all, write)
	k.damages = map[string]func(){
		"unknown type": func() {
			write(changed(all(), func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("stores.cart"), []byte(otherName)) }))
		},
	}
	k.setDown = proxy.SetDown
	return open, k
}

func openPGStore(t *testing.T) (func([][]byte) sessions.Store, *kept) {
	url, proxy := openPostgres(t)
	db := openSQL(t, "postgres", url)
	open := func(keys [][]byte) sessions.Store {
		store, err := pgstore.NewPGStoreFromPool(db, keys...)
		if err != nil {
			t.Error(err)
		}
		store.MaxAge(int(week.Seconds()))
		return store
	}
	all := func() map[string][]byte {
		records := make(map[string][]byte)
		rows, err := db.QueryContext(t.Context(), "SELECT key, data FROM http_sessions")
		if err != nil {
			t.Error(err)
			return nil
		}
		defer rows.Close()
		for rows.Next() {
			var key string
			var data []byte
			if err := rows.Scan(&key, &data); err != nil {
				t.Error(err)
			}
			records[key] = data
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
		return records
	}
	write := func(records map[string][]byte) {
		for key, data := range records {
			execute(t, db, "DELETE FROM http_sessions WHERE key = $1", key)
			execute(t, db, "INSERT INTO http_sessions (key, data, created_on, modified_on, expires_on) VALUES ($1, $2, now(), now(), now())", key, data)
		}
	}
	k := keep(all, write)
	k.damages = map[string]func(){
		"cut off": func() { write(changed(all(), func(b []byte) []byte { return b[:len(b)/2] })) },
	}
	k.setDown = proxy.SetDown
	return open, k
}

func keep(all func() map[string][]byte, write func(map[string][]byte)) *kept {
	return &kept{
		count: func() int { return len(all()) },
		dump: func() (restore func()) {
			records := all()
			return func() { write(records) }
		},
	}
}

// changed returns the records as a function changes them.
func changed(records map[string][]byte, how func([]byte) []byte) map[string][]byte {
	records = maps.Clone(records)
	for name, b := range records {
		records[name] = how(bytes.Clone(b))
	}
	return records
}
