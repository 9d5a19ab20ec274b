package stores

import (
	"bytes"
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/mysqlstore"
	"github.com/alexedwards/scs/pgxstore"
	"github.com/alexedwards/scs/postgresstore"
	"github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	scsbridge "github.com/atomicsession/atomicsession/bridge/scs"
)

var scsStores = []struct {
	name string
	open func(*testing.T) (store scs.Store, setDown func(bool))
}{
	{"memstore", func(*testing.T) (scs.Store, func(bool)) { return memstore.NewWithCleanupInterval(0), nil }},
	{"redisstore", func(t *testing.T) (scs.Store, func(bool)) {
		pool, proxy := openRedigo(t)
		return redisstore.NewWithPrefix(pool, place()), proxy.SetDown
	}},
	{"goredisstore", func(t *testing.T) (scs.Store, func(bool)) {
		client, proxy := openGoRedis(t)
		return goredisstore.NewWithPrefix(client, place()), proxy.SetDown
	}},
	{"postgresstore", func(t *testing.T) (scs.Store, func(bool)) {
		url, proxy := openPostgres(t)
		db := openSQL(t, "postgres", url)
		execute(t, db, "CREATE TABLE sessions (token TEXT PRIMARY KEY, data BYTEA NOT NULL, expiry TIMESTAMPTZ NOT NULL)")
		return postgresstore.NewWithCleanupInterval(db, 0), proxy.SetDown
	}},
	{"pgxstore", func(t *testing.T) (scs.Store, func(bool)) {
		url, proxy := openPostgres(t)
		execute(t, openSQL(t, "postgres", url), "CREATE TABLE sessions (token TEXT PRIMARY KEY, data BYTEA NOT NULL, expiry TIMESTAMPTZ NOT NULL)")
		return pgxstore.NewWithCleanupInterval(openPgx(t, url), 0), proxy.SetDown
	}},
	{"mysqlstore", func(t *testing.T) (scs.Store, func(bool)) {
		db, proxy := openMySQL(t)
		execute(t, db, "CREATE TABLE sessions (token CHAR(43) PRIMARY KEY, data BLOB NOT NULL, expiry TIMESTAMP(6) NOT NULL)")
		return mysqlstore.NewWithCleanupInterval(db, 0), proxy.SetDown
	}},
	{"sqlite3store", func(t *testing.T) (scs.Store, func(bool)) {
		db := openSQL(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "sessions.db")+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
		execute(t, db, "CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL)")
		return sqlite3store.NewWithCleanupInterval(db, 0), func(down bool) {
			if down {
				execute(t, db, "ALTER TABLE sessions RENAME TO away")
			} else {
				execute(t, db, "ALTER TABLE away RENAME TO sessions")
			}
		}
	}},
}

func TestSCS(t *testing.T) {
	for _, store := range scsStores {
		t.Run(store.name, func(t *testing.T) {
			check(t, func(t *testing.T) *application { return openSCS(t, store.open, func(*scs.SessionManager) {}) })
		})
		t.Run(store.name+", hashed and idle", func(t *testing.T) {
			check(t, func(t *testing.T) *application {
				return openSCS(t, store.open, func(sm *scs.SessionManager) {
					sm.HashTokenInStore, sm.IdleTimeout, sm.Lifetime = true, time.Hour, 90*time.Minute
				})
			})
		})
	}
}

func openSCS(t *testing.T, open func(*testing.T) (scs.Store, func(bool)), change func(*scs.SessionManager)) *application {
	t.Helper()
	sm := scs.New()
	sm.Cookie.Secure = true
	change(sm)
	store, setDown := open(t)
	sm.Store = store
	handler := sm.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for key, value := range values() {
			sm.Put(r.Context(), key, value)
		}
	}))
	return &application{
		importer: scsbridge.NewImporter(sm), server: serveOld(t, handler), cookie: sm.Cookie.Name, idle: sm.IdleTimeout, lifetime: sm.Lifetime,
		kept: keptBySCS(t, store, setDown),
	}
}

// TestMySQLLetters: what the importer says of upper and lower case is so.
func TestMySQLLetters(t *testing.T) {
	for _, store := range scsStores {
		for _, hashed := range []bool{false, true} {
			old := openSCS(t, store.open, func(sm *scs.SessionManager) { sm.HashTokenInStore = hashed })
			token := old.cookieIn(old.signIn(t))
			found, err := old.importer.Load(t.Context(), []string{strings.ToLower(token)})
			if want := store.name == "mysqlstore" && !hashed; err != nil || (found != nil) != want {
				t.Errorf("%s, hashed %v: a token in other letters names a session: %v, error %v; want %v", store.name, hashed, found != nil, err, want)
			}
		}
	}
}

// keptBySCS reads and writes past the manager.
func keptBySCS(t *testing.T, store scs.Store, setDown func(bool)) *kept {
	all := func() map[string][]byte {
		var records map[string][]byte
		var err error
		if s, ok := store.(scs.IterableCtxStore); ok {
			records, err = s.AllCtx(context.Background())
		} else {
			records, err = store.(scs.IterableStore).All()
		}
		if err != nil {
			t.Error(err)
		}
		return records
	}
	write := func(records map[string][]byte) {
		for token, b := range records {
			var err error
			expiry := time.Now().Add(time.Hour)
			if s, ok := store.(scs.CtxStore); ok {
				err = s.CommitCtx(context.Background(), token, b, expiry)
			} else {
				err = store.Commit(token, b, expiry)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	damage := func(how func([]byte) []byte) func() { return func() { write(changed(all(), how)) } }
	k := keep(all, write)
	k.damages = map[string]func(){
		"unknown type": damage(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("stores.cart"), []byte(otherName)) }),
		"cut off":      damage(func(b []byte) []byte { return b[:len(b)/2] }),
		"garbage":      damage(func([]byte) []byte { return []byte("garbage") }),
	}
	k.setDown = setDown
	return k
}
