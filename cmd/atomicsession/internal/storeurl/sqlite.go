package storeurl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/atomicsession/atomicsession/sqlitestore"
)

var sqliteScheme = scheme{[]string{"sqlite"}, "sqlite:PATH", openSQLite}

func openSQLite(ctx context.Context, url string, mode Mode) (*Opened, error) {
	path := strings.TrimPrefix(url, "sqlite:")
	if path == "" || strings.HasPrefix(path, "//") {
		return nil, errors.New("write sqlite:PATH, as in sqlite:sessions.db or sqlite:/var/lib/app/sessions.db")
	}
	if path == ":memory:" || strings.HasPrefix(path, "file:") { // SQLite's own names for what the store takes for a path
		return nil, errors.New("sqlite:PATH takes the path of a file; memory: keeps sessions in memory")
	}
	if mode == Existing {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if info.Size() == 0 { // SQLite takes an empty file for a new database
			return nil, fmt.Errorf("%s is empty, and no database", path)
		}
	}
	store, err := sqlitestore.Open(ctx, path, nil)
	if err != nil {
		return nil, err
	}
	return &Opened{Store: store, Name: "SQLite file " + path, close: store.Close}, nil
}
