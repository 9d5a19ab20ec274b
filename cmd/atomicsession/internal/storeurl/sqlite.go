package storeurl

import (
	"context"
	"log/slog"
	"os"
	"strings"

	"github.com/atomicsession/atomicsession/sqlitestore"
)

var sqliteScheme = scheme{"SQLite", []string{"sqlite"}, "sqlite:PATH", parseSQLite}

func parseSQLite(text string) (*URL, error) {
	path := strings.TrimPrefix(text, "sqlite:")
	if err := checkPath("sqlite", path); err != nil {
		return nil, err
	}
	if strings.ContainsAny(path, "?\x00") {
		return nil, refuse("sqlite:PATH takes no parameters, so the path cannot hold a ?, nor a NUL; sessions in a database of the application's: sqlitedb:")
	}
	return &URL{file: path, open: func(ctx context.Context, mode Mode, _ *slog.Logger) (*Opened, error) {
		return openSQLite(ctx, path, mode)
	}}, nil
}

// checkPath refuses what others take for the name of a file.
func checkPath(scheme, path string) error {
	if path == "" || strings.HasPrefix(path, "//") {
		return refuse("write %s:PATH, as in %[1]s:sessions.db or %[1]s:/var/lib/app/sessions.db", scheme)
	}
	if path == ":memory:" || strings.HasPrefix(path, "file:") { // SQLite's own names for what the store takes for a path
		return refuse("%s:PATH takes the path of a file; memory: keeps sessions in memory", scheme)
	}
	return nil
}

func openSQLite(ctx context.Context, path string, mode Mode) (*Opened, error) {
	name := "SQLite file " + path
	if mode != Create {
		if err := isDatabase(path); err != nil {
			return nil, err
		}
	}
	if mode == Unprepared { // to open it is to migrate it
		return &Opened{Name: name, close: func() error { return nil }}, nil
	}
	store, err := sqlitestore.Open(ctx, path, nil)
	if err != nil {
		return nil, err
	}
	return &Opened{Store: store, Name: name, close: store.Close}, nil
}

// isDatabase refuses a file that is missing or empty: SQLite makes a new database of it.
func isDatabase(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.Size() == 0 {
		err = &missingError{"the file is empty, and no database"}
	}
	return err
}
