package proof

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/internal/testserver"
	"github.com/atomicsession/atomicsession/mysqlstore"
)

func connectMariaDB(tb testing.TB, address string) driver.Store { return openMariaDB(tb, address) }

// openMariaDB returns a store in tables with the prefix that a parameter of the address names.
func openMariaDB(tb testing.TB, address string) *mysqlstore.Store {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		tb.Fatal(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(16) // as many as there are clients, or each call makes a connection
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	s, err := mysqlstore.New(db, &mysqlstore.Options{Prefix: u.Query().Get("prefix"), Timeout: 9 * time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// tabled makes tables and returns their address.
func tabled(tb testing.TB, dsn string) string {
	tb.Helper()
	u := testserver.MySQLURL(dsn)
	u.RawQuery = "prefix=" + fresh() + "_"
	if err := openMariaDB(tb, u.String()).Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return u.String()
}

var mariadb = linearizable.Store{
	Start:   func(tb testing.TB) string { return tabled(tb, shared(tb, "MYSQL_URL", "mariadb-server.sh")) },
	Connect: connectMariaDB,
}

// mariadbServer returns the harm that comes to the server.
func mariadbServer() []nemesis {
	var all []nemesis
	for _, h := range []struct {
		name string
		long bool
		do   func(ctx context.Context, server *testserver.MySQL) error
	}{
		{"server killed", false, func(_ context.Context, m *testserver.MySQL) error {
			if err := m.Kill(); err != nil {
				return err
			}
			return m.Restart()
		}},
		{"server paused", true, func(ctx context.Context, m *testserver.MySQL) error {
			if err := m.Pause(); err != nil {
				return err
			}
			pause(ctx, 100*time.Millisecond)
			return m.Resume()
		}},
		{"connections terminated", false, func(_ context.Context, m *testserver.MySQL) error {
			kills, err := m.Ask("SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE command <> 'Daemon' AND id <> CONNECTION_ID()")
			if err != nil {
				return err
			}
			for kill := range strings.Lines(kills) {
				_, _ = m.Ask(kill) // it may have ended by itself
			}
			return nil
		}},
	} {
		var server *testserver.MySQL
		all = append(all, nemesis{
			name: h.name, long: h.long, harm: func(ctx context.Context) error { return h.do(ctx, server) },
			store: linearizable.Store{
				Start: func(tb testing.TB) string {
					server = testserver.NewMySQL(tb)
					return tabled(tb, server.URL)
				},
				Connect: connectMariaDB,
			},
		})
	}
	return all
}
