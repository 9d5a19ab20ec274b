package storeurl

import (
	"context"
	"log/slog"
	"os"
	"strings"

	"github.com/atomicsession/atomicsession/sqlitestore"
)

var sqliteScheme = scheme{[]string{"sqlite"}, "sqlite:PATH", parseSQLite}

func parseSQLite(text string) (*URL, error) {
	path := strings.TrimPrefix(text, "sqlite:")
	if path == "" || strings.HasPrefix(path, "//") {
		return nil, refuse("write sqlite:PATH, as in sqlite:sessions.db or sqlite:/var/lib/app/sessions.db")
	}
	if path == ":memory:" || strings.HasPrefix(path, "file:") { // SQLite's own names for what the store takes for a path
		return nil, refuse("sqlite:PATH takes the path of a file; memory: keeps sessions in memory")
	}
	if strings.ContainsAny(path, "?\x00") {
		return nil, refuse("sqlite:PATH takes no parameters, so the path cannot hold a ?, nor a NUL")
	}
	return &URL{file: path, open: func(ctx context.Context, mode Mode, _ *slog.Logger) (*Opened, error) {
		return openSQLite(ctx, path, mode)
	}}, nil
}

func openSQLite(ctx context.Context, path string, mode Mode) (*Opened, error) {
	if mode == Existing {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if info.Size() == 0 { // SQLite takes an empty file for a new database
			return nil, &missingError{"the file is empty, and no database"}
		}
	}
	store, err := sqlitestore.Open(ctx, path, nil)
	if err != nil {
		return nil, err
	}
	return &Opened{Store: store, Name: "SQLite file " + path, close: store.Close}, nil
}
