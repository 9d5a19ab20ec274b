package sqlitestore_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// TestOpenOther opens files that are no databases of ours: a clear answer, and not a byte of them changes.
func TestOpenOther(t *testing.T) {
	sql := func(statements string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			c := connect(t, path)
			run(t, c, statements)
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	content := func(data string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name  string
		write func(t *testing.T, path string)
		want  error
		text  string
	}{
		{"text", content(strings.Repeat("Dear diary, ", 1000)), driver.ErrCorrupt, "not a database"},
		{"short text", content("x"), driver.ErrCorrupt, "not a database"},
		{"tables", sql("CREATE TABLE t (x)"), driver.ErrCorrupt, "another application"},
		{"log", sql("PRAGMA journal_mode = wal; CREATE TABLE t (x)"), driver.ErrCorrupt, "another application"},
		{"log of a crash", func(t *testing.T, path string) {
			live := newPath(t)
			run(t, connect(t, live), "PRAGMA journal_mode = wal; CREATE TABLE t (x)")
			crash(t, live, path)
		}, driver.ErrCorrupt, "another application"},
		{"same tables", sql("CREATE TABLE sessions (id); CREATE TABLE fields (name)"), driver.ErrCorrupt, "another application"},
		{"application", sql("PRAGMA application_id = 5"), driver.ErrCorrupt, "another application"},
		{"version alone", sql("PRAGMA user_version = 1"), driver.ErrCorrupt, "another application"},
		{"newer version", func(t *testing.T, path string) {
			if err := open(t, path, nil).Close(); err != nil {
				t.Fatal(err)
			}
			sql("PRAGMA user_version = 1000; CREATE TABLE future (x)")(t, path)
		}, driver.ErrLayout, "layout version: the database has 1000"},
		{"no version", func(t *testing.T, path string) {
			if err := open(t, path, nil).Close(); err != nil {
				t.Fatal(err)
			}
			sql("PRAGMA user_version = 0")(t, path)
		}, driver.ErrCorrupt, "no version"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := newPath(t)
			tt.write(t, path)
			unchanged(t, path, func() {
				s, err := sqlitestore.Open(t.Context(), path, nil)
				if err == nil {
					s.Close()
				}
				is(t, "Open", err, tt.want)
				if err == nil || !strings.Contains(err.Error(), tt.text) || !strings.Contains(err.Error(), path) {
					t.Errorf("error %v says neither %q nor which file", err, tt.text)
				}
			})
		})
	}
}

// TestOpenLive opens another application's database while that application has changes in its log: they stay there.
func TestOpenLive(t *testing.T) {
	path := newPath(t)
	c := connect(t, path)
	run(t, c, "PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x); INSERT INTO t VALUES (1)")
	unchanged(t, path, func() {
		_, err := sqlitestore.Open(t.Context(), path, nil)
		is(t, "Open", err, driver.ErrCorrupt)
	})
	if n := query(t, c, "SELECT count(*) FROM t"); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name, path string
		want       error
	}{
		{"no name", "", driver.ErrUnavailable},
		{"NUL", dir + "/a\x00b", driver.ErrUnavailable},
		{"missing directory", filepath.Join(dir, "missing", "sessions.db"), fs.ErrNotExist},
		{"directory", dir, driver.ErrUnavailable},
		{"long", filepath.Join(dir, strings.Repeat("x", 5000)), driver.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := sqlitestore.Open(t.Context(), tt.path, nil)
			is(t, "Open", err, tt.want)
			is(t, "Open", err, driver.ErrUnavailable)
		})
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("something was left behind: %v", list)
	}
}

// TestNames: whatever a file name holds, it is a file name.
func TestNames(t *testing.T) {
	for _, name := range []string{"a b", "a?mode=memory", "a%20b", "a#b", "a&b=c", ":memory:", "file:x", "a'b\"c", "ключ", "-", "%00"} {
		path := filepath.Join(t.TempDir(), name)
		k := create(t, open(t, path, nil), name)
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
		holds(t, open(t, path, nil), k, 0, name)
	}
}

func TestRelativeName(t *testing.T) {
	t.Chdir(t.TempDir())
	s := open(t, ":memory:", nil)
	t.Chdir(t.TempDir())
	holds(t, s, create(t, s, "x"), 0, "x")
}

// TestModes: whatever the process allows others by default, they cannot read sessions.
func TestModes(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	create(t, s, "x")
	modes := func(want fs.FileMode) {
		t.Helper()
		for _, suffix := range []string{"", "-wal", "-shm"} {
			info, err := os.Stat(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if mode := info.Mode().Perm(); mode != want {
				t.Errorf("sessions.db%s has mode %o, want %o", suffix, mode, want)
			}
		}
	}
	modes(0o600)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		t.Fatal(err)
	}
	create(t, open(t, path, nil), "x")
	modes(0o660) // who may use the database may use all of it
}

// TestOpenTogether has many begin the same file at once.
func TestOpenTogether(t *testing.T) {
	for range 5 {
		path := newPath(t)
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				s, err := sqlitestore.Open(t.Context(), path, nil)
				if err == nil {
					k, r := newRecord("")
					err = errors.Join(s.Create(t.Context(), k.Verifier, r), s.Close())
				}
				errs[i] = err
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if n := query(t, connect(t, path), "SELECT count(*) FROM session"); n != int64(len(errs)) {
			t.Fatalf("%d sessions, want %d", n, len(errs))
		}
	}
}

// TestOpenWaits opens a file whose log cannot be switched on yet, because another program holds the lock.
func TestOpenWaits(t *testing.T) {
	path := newPath(t)
	if err := open(t, path, nil).Close(); err != nil {
		t.Fatal(err)
	}
	other := connect(t, path)
	run(t, other, "PRAGMA journal_mode = delete; BEGIN IMMEDIATE")
	_, err := sqlitestore.Open(t.Context(), path, &sqlitestore.Options{BusyTimeout: 20 * time.Millisecond})
	is(t, "Open", err, driver.ErrUnavailable)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = sqlitestore.Open(ctx, path, &sqlitestore.Options{BusyTimeout: time.Hour})
	is(t, "Open", err, context.DeadlineExceeded)
	ended := make(chan error, 1)
	time.AfterFunc(20*time.Millisecond, func() { ended <- other.Exec("COMMIT") })
	open(t, path, &sqlitestore.Options{BusyTimeout: time.Hour})
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestCorruptFile overwrites all of a database but its first page.
func TestCorruptFile(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	var keys []driver.Key
	for i := range 50 {
		keys = append(keys, create(t, s, strings.Repeat(fmt.Sprint(i), 1000)))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	garbage := make([]byte, info.Size()-4096)
	for i := range garbage {
		garbage[i] = byte(i*7 + 3)
	}
	if _, err := f.WriteAt(garbage, 4096); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	unchanged(t, path, func() {
		s := open(t, path, nil)
		for _, k := range keys {
			_, err := s.Load(t.Context(), time.Now(), k)
			is(t, "Load", err, driver.ErrCorrupt)
			is(t, "Update", update(t.Context(), s, k), driver.ErrCorrupt)
			is(t, "Delete", s.Delete(t.Context(), time.Now(), k), driver.ErrCorrupt)
		}
		_, err := s.List(t.Context(), time.Now(), "ann", driver.ID{}, 10)
		is(t, "List", err, driver.ErrCorrupt)
		_, err = s.Sweep(t.Context(), time.Now().Add(48*time.Hour), 10)
		is(t, "Sweep", err, driver.ErrCorrupt)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestDurable copies the files as a crash would leave them: what was acknowledged is in the copy.
func TestDurable(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	k := create(t, s, "x")
	for range 10 {
		if err := update(t.Context(), s, k); err != nil {
			t.Fatal(err)
		}
	}
	crashed := newPath(t)
	crash(t, path, crashed)
	holds(t, open(t, crashed, nil), k, 10, "x")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	holds(t, open(t, path, nil), k, 10, "x")
}

// crash copies the files of a database that is in use, so that the copy is what a crash would leave.
func crash(tb testing.TB, from, to string) {
	tb.Helper()
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(from + suffix)
		if err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(to+suffix, data, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}
