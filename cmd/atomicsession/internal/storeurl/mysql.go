package storeurl

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/mysqlstore"
)

// mysqlScheme is for MySQL and MariaDB.
var mysqlScheme = scheme{
	"MySQL",
	[]string{"mysql", "mariadb"},
	"mysql://HOST:PORT/DATABASE?prefix=NAME&tls=true (or mariadb:)",
	parseMySQL,
}

var mysqlRules = rules{known: []string{"prefix", "tls"}, own: []string{"prefix", "tls"}}

// tlsModes are the values of the parameter tls: what Go's driver knows by the same names.
var tlsModes = []string{"true", "false", "preferred", "skip-verify"}

// mysqlPrefix is the default of [mysqlstore.Options], given to it to be sure that the name of the store tells what is used.
const mysqlPrefix = "atomicsession_"

func parseMySQL(text string) (*URL, error) {
	a, err := parse(text)
	if err != nil {
		return nil, err
	}
	if err := a.check(mysqlRules); err != nil {
		return nil, err
	}
	config, err := a.mysqlConfig()
	if err != nil {
		return nil, err
	}
	prefix := a.get("prefix", mysqlPrefix)
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, refuse("malformed for MySQL")
	}
	build := func() (*sql.DB, *mysqlstore.Store, error) {
		db := sql.OpenDB(connector)
		store, err := mysqlstore.New(db, &mysqlstore.Options{Prefix: prefix})
		return db, store, err
	}
	db, _, err := build() // which connects to nothing
	if err := errors.Join(err, db.Close()); err != nil {
		return nil, refuse("%s", strings.TrimPrefix(err.Error(), "mysqlstore: "))
	}
	name := fmt.Sprintf("MySQL database %s on %s, tables that begin with %q", config.DBName, config.Addr, prefix)
	open := func(ctx context.Context, mode Mode, _ *slog.Logger) (*Opened, error) {
		db, store, err := build()
		if err == nil {
			err = prepareMySQL(ctx, db, store, mode)
		}
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		return &Opened{Store: store, Migrator: store, Name: name, close: db.Close}, nil
	}
	return &URL{Hosts: config.Addr, open: open}, nil
}

// mysqlConfig is the URL as the driver takes it.
func (a *address) mysqlConfig() (*mysql.Config, error) {
	config := mysql.NewConfig()
	config.Logger = &mysql.NopLogger{} // what fails is returned as well
	user, password, _ := strings.Cut(strings.TrimSuffix(a.user, "@"), ":")
	host, err := url.PathUnescape(a.hosts)
	database, databaseErr := url.PathUnescape(strings.TrimPrefix(a.path, "/"))
	if err == nil && databaseErr == nil {
		config.User, err = url.PathUnescape(user)
	}
	if err == nil {
		config.Passwd, err = url.PathUnescape(password)
	}
	mode := a.get("tls", "false")
	switch {
	case err != nil || databaseErr != nil:
		return nil, refuse("malformed host, user, password or database")
	case strings.Contains(a.hosts, ","):
		return nil, refuse("mysql takes one host")
	case database == "" || strings.ContainsAny(database, "/`"):
		return nil, refuse("mysql needs the name of a database behind the host")
	case !slices.Contains(tlsModes, mode):
		return nil, refuse("tls is none of %s", strings.Join(tlsModes, ", "))
	}
	config.DBName = database
	if config.TLSConfig = mode; strings.HasPrefix(host, "/") {
		config.Net, config.Addr = "unix", host
		return config, nil
	}
	config.Net, config.Addr = "tcp", orDefault(host, "localhost")
	if !withPort.MatchString(config.Addr) {
		config.Addr = net.JoinHostPort(strings.Trim(config.Addr, "[]"), "3306")
	}
	return config, nil
}

// prepareMySQL makes the tables, or looks whether they are there.
func prepareMySQL(ctx context.Context, db *sql.DB, store *mysqlstore.Store, mode Mode) error {
	if err := db.PingContext(ctx); err != nil { // the store would go on trying
		return fmt.Errorf("%w: %w", driver.ErrUnavailable, err)
	}
	return prepareTables(ctx, store, mode)
}

func byMySQL(e *mysql.MySQLError) string {
	switch {
	case strings.Contains(e.Message, "require_secure_transport"): // of MySQL
		return "the server refuses a login without TLS (tls=true)"
	case slices.Contains([]uint16{1045, 1251, 1275, 1698}, e.Number):
		return refusedLogin + ", or a login without TLS" // of which MariaDB says no more
	case e.Number == 1049:
		return "there is no such database"
	case e.Number == 1044:
		return "the user may not use the database, or there is none"
	case slices.Contains([]uint16{1142, 1143, 1227, 1370}, e.Number):
		return "the user lacks a permission"
	case slices.Contains([]uint16{1054, 1146, 1305, 1318}, e.Number):
		return "the tables are missing, of another version than this command, or not visible to the user"
	}
	return fmt.Sprintf("the server answers with error %d (SQLSTATE %s)", e.Number, e.SQLState[:]) // its words may quote a value
}
