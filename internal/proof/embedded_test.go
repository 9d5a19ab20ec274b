package proof

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

var memory = linearizable.Store{
	Start:   func(testing.TB) string { return "" },
	Connect: func(testing.TB, string) driver.Store { return memstore.New(nil) },
}

func connectSQLite(tb testing.TB, path string) driver.Store {
	tb.Helper()
	s, err := sqlitestore.Open(tb.Context(), path, nil)
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

var sqlite = linearizable.Store{
	Start:   func(tb testing.TB) string { return filepath.Join(tb.TempDir(), "sessions.db") },
	Connect: connectSQLite,
}

// lockedFile has another program hold the lock without which nobody writes.
func lockedFile() nemesis {
	var path string
	harm := func(ctx context.Context) error {
		return sqlTo(path, func(c *sqlite3.Conn) error {
			if err := c.Exec("BEGIN IMMEDIATE"); err != nil {
				return err
			}
			pause(ctx, 100*time.Millisecond)
			return c.Exec("ROLLBACK")
		})
	}
	return nemesis{name: "file locked", harm: harm, store: linearizable.Store{
		Start: func(tb testing.TB) string {
			path = sqlite.Start(tb)
			return path
		},
		Connect: connectSQLite,
	}}
}

// sqlTo does something to the file as another program would.
func sqlTo(path string, do func(c *sqlite3.Conn) error) error {
	c, err := sqlite3.Open("file:" + path + "?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.Close())
}
