package sqlitestore_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(childVariable); role != "" {
		children[role]()
		return
	}
	goleak.VerifyTestMain(m)
}

// openBoth returns two stores on one new file. In the end it checks what the rows say about each other.
func openBoth(tb testing.TB) (a, b driver.Store) {
	path := newPath(tb)
	a, b = open(tb, path, nil), open(tb, path, nil)
	tb.Cleanup(func() {
		c := connect(tb, path)
		for what, condition := range map[string]string{
			"size": "size <> (SELECT total(length(CAST(name AS BLOB)) + length(CAST(value AS BLOB))) FROM fields WHERE session = n)",
			"hour": "hour <> (expires + 3599999) / 3600000",
		} {
			if n := query(tb, c, "SELECT count(*) FROM session WHERE "+condition); n != 0 {
				tb.Errorf("%d sessions with the wrong %s", n, what)
			}
		}
		if n := query(tb, c, "SELECT count(*) FROM fields WHERE session NOT IN (SELECT n FROM session)"); n != 0 {
			tb.Errorf("%d fields of no session", n)
		}
	})
	return a, b
}

func TestConformance(t *testing.T) { drivertest.Run(t, openBoth) }

func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, openBoth) }

func newPath(tb testing.TB) string { return filepath.Join(tb.TempDir(), "sessions.db") }

func open(tb testing.TB, path string, opts *sqlitestore.Options) *sqlitestore.Store {
	tb.Helper()
	s, err := sqlitestore.Open(tb.Context(), path, opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// connect opens the file as any other program does.
func connect(tb testing.TB, path string) *sqlite3.Conn {
	tb.Helper()
	c, err := sqlite3.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	run(tb, c, "PRAGMA busy_timeout = 10000")
	return c
}

func run(tb testing.TB, c *sqlite3.Conn, sql string) {
	tb.Helper()
	if err := c.Exec(sql); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

// query returns the single number that a query yields.
func query(tb testing.TB, c *sqlite3.Conn, sql string) int64 {
	tb.Helper()
	s, _, err := c.Prepare(sql)
	if err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	defer s.Close()
	if !s.Step() {
		tb.Fatalf("%s: no row, error: %v", sql, s.Err())
	}
	return s.ColumnInt64(0)
}

// newRecord returns a record that lives for an hour and holds n = 0 and one more field.
func newRecord(text string) (driver.Key, driver.Record) {
	var k driver.Key
	rand.Read(k.ID[:])
	rand.Read(k.Verifier[:])
	now := time.Now().UTC().Truncate(time.Millisecond)
	data, _ := driver.NewDoc(
		driver.Field{Name: "n", Value: driver.IntValue(0)},
		driver.Field{Name: "text", Value: driver.StringValue(text)},
	)
	return k, driver.Record{Meta: driver.Meta{ID: k.ID, User: "ann", Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}, Data: data}
}

func create(tb testing.TB, s *sqlitestore.Store, text string) driver.Key {
	tb.Helper()
	k, r := newRecord(text)
	if err := s.Create(tb.Context(), k.Verifier, r); err != nil {
		tb.Fatal(err)
	}
	return k
}

var increment = &driver.Update{Ops: []driver.Op{driver.Inc{Path: "n", By: driver.IntValue(1)}}}

func update(ctx context.Context, s *sqlitestore.Store, k driver.Key) error {
	_, err := s.Update(ctx, time.Now(), k, increment)
	return err
}

// holds expects the session to have been incremented n times and to be as it was created otherwise.
func holds(tb testing.TB, s *sqlitestore.Store, k driver.Key, n int64, text string) {
	tb.Helper()
	r, err := s.Load(tb.Context(), time.Now(), k)
	if err != nil {
		tb.Errorf("Load: %v", err)
		return
	}
	if got := r.Data.Get("n").Int(); got != n {
		tb.Errorf("n is %d, want %d", got, n)
	}
	if r.Data.Get("text").Str() != text || r.Data.Len() != 2 {
		tb.Error("the session has changed")
	}
}

// is expects err to match want.
func is(tb testing.TB, what string, err, want error) {
	tb.Helper()
	if !errors.Is(err, want) {
		tb.Errorf("%s: error is %v, want one that matches %v", what, err, want)
	}
}

// unchanged expects f to leave the database and its log as they are, to the last byte.
func unchanged(tb testing.TB, path string, f func()) {
	tb.Helper()
	read := func() (files [2][]byte) {
		for i, suffix := range []string{"", "-wal"} {
			var err error
			if files[i], err = os.ReadFile(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				tb.Fatal(err)
			}
		}
		return files
	}
	before := read()
	f()
	after := read()
	if !bytes.Equal(before[0], after[0]) || !bytes.Equal(before[1], after[1]) {
		tb.Error("the files have changed")
	}
}

// TestOptions: what no option can be is an error in one line, and no file is made.
func TestOptions(t *testing.T) {
	for want, opts := range map[string]sqlitestore.Options{
		"sqlitestore: BusyTimeout: must not be negative": {BusyTimeout: -1},
		"sqlitestore: MaxBytes: must not be negative":    {MaxBytes: -1},
	} {
		path := newPath(t)
		if _, err := sqlitestore.Open(t.Context(), path, &opts); err == nil || err.Error() != want {
			t.Errorf("Open: error %v, want %q", err, want)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file was made: %v", err)
		}
	}
}
