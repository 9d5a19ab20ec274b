package main

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/ncruces/go-sqlite3/driver" // registers "sqlite3"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/testserver"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/atomicsession/atomicsession/pgstore"
	"github.com/atomicsession/atomicsession/redisstore"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// operationsPage returns the blocks of the kind on docs/operations.md.
func operationsPage(t *testing.T, kind string) (blocks []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?ms)^```"+kind+"\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}

// program is one with sessions in a store, its log, and a browser.
type program struct {
	t        *testing.T
	sessions *atomicsession.Manager
	log      *bytes.Buffer
	host     string
	cookies  []*http.Cookie
}

// newProgram returns a program whose log goes to log.
func newProgram(t *testing.T, log *bytes.Buffer, store driver.Store, opts atomicsession.Options) *program {
	t.Helper()
	opts.Logger = newLog(log)
	sessions, err := atomicsession.New(store, &opts)
	if err != nil {
		t.Fatal(err)
	}
	return &program{t, sessions, log, "localhost", nil}
}

// newLog returns a log in text, without the time.
func newLog(to *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// request answers one request of the browser, which must have the status.
func (p *program) request(status int, change func(context.Context, *atomicsession.Session) error) {
	p.t.Helper()
	r := httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, "http://"+p.host+"/", nil)
	for _, c := range p.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	p.sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := change(r.Context(), p.sessions.Get(r.Context())); err != nil {
			p.sessions.WriteError(w, r, err)
		}
	})).ServeHTTP(w, r)
	if w.Code != status {
		p.t.Errorf("%d, want %d; the log:\n%s", w.Code, status, p.log)
	}
	if set := w.Result().Cookies(); len(set) > 0 {
		p.cookies = set
	}
}

func visit(ctx context.Context, s *atomicsession.Session) error {
	return s.Update(ctx, atomicsession.NewCounter("visits").Inc(1))
}

func read(ctx context.Context, s *atomicsession.Session) error {
	_, _, err := atomicsession.NewKey[int64]("visits").Get(ctx, s)
	return err
}

func readText(ctx context.Context, s *atomicsession.Session) error {
	_, _, err := atomicsession.NewKey[string]("visits").Get(ctx, s)
	return err
}

// ping must answer with the status that a health check sees.
func (p *program) ping(status int) {
	p.t.Helper()
	if err := p.sessions.Ping(p.t.Context()); atomicsession.StatusCode(err) != status {
		p.t.Errorf("Ping: %v, want status %d", err, status)
	}
}

// TestOperationsLog does to programs what docs/operations.md tells of, and finds in their logs every line that it quotes.
func TestOperationsLog(t *testing.T) {
	var log bytes.Buffer
	logFull(t, &log)
	logDown(t, &log)
	logSlow(t, &log)
	logLocked(t, &log)
	logMissing(t, &log)
	logOwn(t, &log)
	address, id := regexp.MustCompile(`127\.0\.0\.1:\d+`), regexp.MustCompile(` id=\S+`)
	logged := id.ReplaceAllString(address.ReplaceAllString(log.String(), "127.0.0.1:6379"), "")
	blocks := operationsPage(t, "log")
	if len(blocks) == 0 {
		t.Fatal("the page quotes no log")
	}
	for line := range strings.Lines(strings.Join(blocks, "")) {
		if !strings.Contains("\n"+logged, "\n"+line) {
			t.Errorf("never logged: %s", line)
		}
	}
	if t.Failed() {
		t.Log("logged:\n" + logged)
	}
}

// logFull fills stores: health checks stay well, what is only read goes on, changes fail.
func logFull(t *testing.T, log *bytes.Buffer) {
	newProgram(t, log, memstore.New(&memstore.Options{MaxBytes: 1}), atomicsession.Options{}).request(http.StatusServiceUnavailable, visit)

	server := testserver.NewRedis(t)
	store := openRedis(t, log, server)
	p := newProgram(t, log, store, atomicsession.Options{})
	p.request(http.StatusOK, visit)
	ask(t, server, "CONFIG", "SET", "maxmemory", "1")
	p.request(http.StatusServiceUnavailable, visit)
	p.request(http.StatusOK, read)
	p.ping(http.StatusOK)

	ask(t, server, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	openRedis(t, log, server)
}

func openRedis(t *testing.T, log *bytes.Buffer, server *testserver.Redis) *redisstore.Store {
	t.Helper()
	store, err := redisstore.Open(t.Context(), "redis://"+server.Addr, &redisstore.Options{Logger: newLog(log), Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func ask(t *testing.T, server *testserver.Redis, command ...string) {
	t.Helper()
	if _, err := server.Ask(command...); err != nil {
		t.Fatal(err)
	}
}

// logDown stops a server, and starts it again: the program goes on by itself.
func logDown(t *testing.T, log *bytes.Buffer) {
	server := testserver.NewRedis(t)
	p := newProgram(t, log, openRedis(t, log, server), atomicsession.Options{})
	p.request(http.StatusOK, visit)
	server.Kill()
	p.request(http.StatusServiceUnavailable, read)
	p.request(http.StatusOK, func(context.Context, *atomicsession.Session) error { return nil })
	p.ping(http.StatusServiceUnavailable)
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	p.ping(http.StatusOK)
}

// logSlow has somebody else hold the rows of a session.
func logSlow(t *testing.T, log *bytes.Buffer) {
	pool := postgres(t)
	store, err := pgstore.New(pool, &pgstore.Options{Schema: "operations_slow"})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := newProgram(t, log, store, atomicsession.Options{StoreTimeout: 2 * time.Second})
	p.request(http.StatusOK, visit)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT 1 FROM operations_slow.session FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	p.request(http.StatusServiceUnavailable, visit)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.request(http.StatusOK, visit)
}

func postgres(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), testserver.Serve(t, "POSTGRES_URL", "postgres-server.sh"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// logLocked has another program hold the lock of a SQLite file.
func logLocked(t *testing.T, log *bytes.Buffer) {
	file := filepath.Join(t.TempDir(), "sessions.db")
	store, err := sqlitestore.Open(t.Context(), file, &sqlitestore.Options{BusyTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	db, err := sql.Open("sqlite3", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	newProgram(t, log, store, atomicsession.Options{StoreTimeout: time.Second}).request(http.StatusServiceUnavailable, visit)
}

// logMissing has a schema that nobody has migrated.
func logMissing(t *testing.T, log *bytes.Buffer) {
	store, err := pgstore.New(postgres(t), &pgstore.Options{Schema: "operations_missing"})
	if err != nil {
		t.Fatal(err)
	}
	newProgram(t, log, store, atomicsession.Options{}).request(http.StatusServiceUnavailable, visit)
}

// logOwn has what no store is to blame for: clocks, a type, cookies, plain HTTP.
func logOwn(t *testing.T, log *bytes.Buffer) {
	store, ahead := memstore.New(nil), time.Hour
	now := time.Now()
	p := newProgram(t, log, store, atomicsession.Options{Now: func() time.Time { return now.Add(ahead) }})
	p.request(http.StatusOK, visit)
	ahead = 0
	p.request(http.StatusInternalServerError, readText)

	other := newProgram(t, log, store, atomicsession.Options{})
	other.host = "shop.example"
	other.request(http.StatusOK, visit)
	other.cookies = append(other.cookies, p.cookies...)
	other.request(http.StatusOK, read)
}
