package storeurl

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	_ "github.com/ncruces/go-sqlite3/driver" // registers "sqlite3"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
)

// sqlitedbScheme is for sessions in a database of the application's. Its name is that of the package: sqlite: is a file that has nothing else.
var sqlitedbScheme = scheme{
	"SQLite",
	[]string{"sqlitedb"},
	"sqlitedb:PATH?prefix=NAME (in the application's own database)",
	parseSQLiteDB,
}

var sqlitedbRules = rules{known: []string{"prefix"}, own: []string{"prefix"}}

// sqlitedbPrefix is the default of [sqlitedb.Options], given to it to be sure that the name of the store tells what is used.
const sqlitedbPrefix = "atomicsession_"

// sqlitedbSettings are of the connection alone: what the application has set in its file stays as it is.
const sqlitedbSettings = "?_pragma=busy_timeout(1000)"

func parseSQLiteDB(text string) (*URL, error) {
	path, query, _ := strings.Cut(strings.TrimPrefix(text, "sqlitedb:"), "?")
	if err := checkPath("sqlitedb", path); err != nil {
		return nil, err
	}
	if strings.ContainsRune(path, 0) {
		return nil, refuse("a path cannot hold a NUL")
	}
	params, err := parseParameters(query)
	if err != nil {
		return nil, err
	}
	a := &address{params: params}
	if err := a.check(sqlitedbRules); err != nil {
		return nil, err
	}
	options := &sqlitedb.Options{Prefix: a.get("prefix", sqlitedbPrefix)}
	build := func() (*sql.DB, *sqlitedb.Store, error) {
		db, err := sql.Open("sqlite3", "file:"+url.PathEscape(path)+sqlitedbSettings)
		if err != nil {
			return nil, nil, err
		}
		store, err := sqlitedb.New(db, options)
		return db, store, err
	}
	db, _, err := build() // which opens no file yet
	if db != nil {
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		return nil, refuse("%s", strings.TrimPrefix(err.Error(), "sqlitedb: "))
	}
	name := fmt.Sprintf("SQLite file %s, tables that begin with %q", path, options.Prefix)
	return &URL{file: path, open: func(ctx context.Context, mode Mode, _ *slog.Logger) (*Opened, error) {
		if mode != Create {
			if err := isDatabase(path); err != nil {
				return nil, err
			}
		}
		db, store, err := build()
		if err != nil {
			return nil, err
		}
		if err := db.PingContext(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %w", driver.ErrUnavailable, err), db.Close())
		}
		if err := prepareTables(ctx, store, mode); err != nil {
			return nil, errors.Join(err, db.Close())
		}
		return &Opened{Store: store, Migrator: store, Name: name, close: db.Close}, nil
	}}, nil
}
