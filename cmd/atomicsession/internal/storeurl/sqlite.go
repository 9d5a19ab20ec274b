package storeurl

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/atomicsession/atomicsession/sqlitestore"
)

var sqliteScheme = scheme{"sqlite", "sqlite:PATH", openSQLite}

func openSQLite(ctx context.Context, url string, mode Mode) (*Opened, error) {
	path := strings.TrimPrefix(url, "sqlite:")
	if path == "" || strings.HasPrefix(path, "//") {
		return nil, errors.New("write sqlite:PATH, as in sqlite:sessions.db or sqlite:/var/lib/app/sessions.db")
	}
	if mode == Existing {
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	}
	store, err := sqlitestore.Open(ctx, path, nil)
	if err != nil {
		return nil, err
	}
	return &Opened{Store: store, Name: "SQLite file " + path, close: store.Close}, nil
}
