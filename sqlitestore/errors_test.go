package sqlitestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/driver"
)

// plain expects an error that matches want and whose text is one line.
func plain(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error is %v, want one that matches %v", what, err, want)
	}
	if text := err.Error(); text != strings.TrimSpace(text) || text != driver.OneLine(text) {
		t.Errorf("%s: the text is more than one line: %q", what, text)
	}
}

// TestOneLineOpen opens files whose names and contents have two lines.
func TestOneLineOpen(t *testing.T) {
	database := func(statements ...string) func(path string) error {
		return func(path string) error {
			c, err := sqlite3.Open(path)
			for _, sql := range statements {
				err = errors.Join(err, c.Exec(sql))
			}
			return errors.Join(err, c.Close())
		}
	}
	marks := "PRAGMA application_id = 0x41745373; PRAGMA user_version = 1"
	for name, c := range map[string]struct {
		make func(path string) error
		want error
	}{
		"a folder":       {func(path string) error { return os.Mkdir(path, 0o700) }, driver.ErrUnavailable},
		"no folder":      {func(path string) error { return os.Symlink("no\nfolder/file", path) }, fs.ErrNotExist},
		"no database":    {func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("line\n", 1000)), 0o600) }, driver.ErrCorrupt},
		"another's":      {database("CREATE TABLE \"two\nlines\" (x)"), driver.ErrCorrupt},
		"a newer one":    {database("PRAGMA application_id = 0x41745373; PRAGMA user_version = 1000"), driver.ErrLayout},
		"no migration":   {database(migrations[0], marks, "ALTER TABLE sessions ADD COLUMN label TEXT"), driver.ErrUnavailable},
		"a broken table": {database(migrations[0], marks, "PRAGMA writable_schema = on; UPDATE sqlite_schema SET name = 'two' || char(10) || 'lines', sql = 'CREATE TABLE two' WHERE name = 'fields'"), driver.ErrCorrupt},
	} {
		path := filepath.Join(t.TempDir(), "two\nlines")
		if err := c.make(path); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err := Open(t.Context(), path, nil)
		plain(t, name, err, c.want)
		if !strings.Contains(err.Error(), "two; lines") {
			t.Errorf("%s: the error does not name the file: %v", name, err)
		}
	}
	_, err := Open(t.Context(), filepath.Join(t.TempDir(), "two\nlines", "file"), nil)
	plain(t, "missing folder", err, fs.ErrNotExist)
}

// TestOneLineRaised has a trigger that raises what somebody has written.
func TestOneLineRaised(t *testing.T) {
	s, _, k := openFaulty(t)
	if err := s.file.writer.conn.Exec("CREATE TRIGGER fail BEFORE UPDATE ON session BEGIN SELECT RAISE(ABORT, 'two' || char(10) || 'lines'); END"); err != nil {
		t.Fatal(err)
	}
	err := inc(s, k)
	plain(t, "Update", err, driver.ErrUnavailable)
	plain(t, "Update", err, sqlite3.CONSTRAINT)
}

// TestOneLine has what SQLite answers in every place.
func TestOneLine(t *testing.T) {
	lines := errors.Join(sqlite3.BUSY, errors.New("two\r\nlines\u2028and\x1b[2J"))
	for name, err := range map[string]error{
		"statement": explain(t.Context(), lines),
		"commit":    explainCommit(lines),
	} {
		plain(t, name, err, driver.ErrUnavailable)
		plain(t, name, err, sqlite3.BUSY)
	}
	plain(t, "commit", explainCommit(errors.Join(sqlite3.IOERR, sqlite3.IOERR)), driver.ErrUnknownOutcome)
}

// TestOneLineFaults has a disk that fails, and a store that is closed.
func TestOneLineFaults(t *testing.T) {
	s, disk, k := openFaulty(t)
	broken := syscall.EIO
	disk.writeLog.Store(&broken)
	plain(t, "write", inc(s, k), driver.ErrUnavailable)
	disk.writeLog.Store(nil)
	disk.syncLog.Store(&broken)
	plain(t, "sync", inc(s, k), driver.ErrUnknownOutcome)
	disk.syncLog.Store(nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := s.Load(t.Context(), time.Now(), k)
	plain(t, "closed", err, driver.ErrUnavailable)
}
