package mysqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// serverURL is the server that tests share which do not break it: that of MYSQL_URL, or one of their own. Its user may do everything.
var serverURL string

// The tests that take longest, or wait for servers of their own, are parallel, unless they count what the whole server does: see blocked.
func TestMain(m *testing.M) {
	storetest.Main(m, func() (stop func(), err error) {
		serverURL, stop, err = testserver.Use("MYSQL_URL", "mariadb-server.sh")
		return stop, err
	}, func() error { return goleak.Find() })
}

// connect returns a pool of connections to the tests' server that the test's end closes.
func connect(t testing.TB, change ...func(*mysql.Config)) *sql.DB {
	t.Helper()
	return dial(t, serverURL, change...)
}

// dial returns a pool for the URL that the test's end closes. It connects when it is used.
func dial(t testing.TB, url string, change ...func(*mysql.Config)) *sql.DB {
	t.Helper()
	c := config(url)
	for _, f := range change {
		f(c)
	}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(16)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func config(url string) *mysql.Config {
	c, err := mysql.ParseDSN(url)
	if err != nil {
		panic(err)
	}
	c.Logger = &mysql.NopLogger{} // of connections that tests break
	return c
}

// address returns the host and port that a URL names.
func address(url string) string { return config(url).Addr }

// at has a pool connect to another address.
func at(addr string) func(*mysql.Config) { return func(c *mysql.Config) { c.Addr = addr } }

// as has a pool connect as another user.
func as(user, password string) func(*mysql.Config) {
	return func(c *mysql.Config) { c.User, c.Passwd = user, password }
}

// param has a pool set a variable of each session.
func param(name, value string) func(*mysql.Config) {
	return func(c *mysql.Config) {
		if c.Params == nil {
			c.Params = map[string]string{}
		}
		c.Params[name] = value
	}
}

var names atomic.Int64

// freshName returns a name for tables, a user or a database that no other test uses, even one of another process on the same server.
func freshName() string { return fmt.Sprintf("test_%d_%d_", os.Getpid(), names.Add(1)) }

// freshPrefix returns the prefix of tables that do not exist. The test's end drops them.
func freshPrefix(t testing.TB) string {
	t.Helper()
	prefix := freshName()
	t.Cleanup(func() { drop(t, connect(t), prefix) })
	return prefix
}

// drop drops the tables and procedures of a store.
func drop(t testing.TB, db *sql.DB, prefix string) {
	t.Helper()
	s := over(t, db, &Options{Prefix: prefix})
	for _, name := range []string{"field", "session", "turn", "version"} {
		exec(t, db, s.sql.names.Replace("DROP TABLE IF EXISTS {"+name+"}"))
	}
	for _, name := range procedureNames {
		exec(t, db, s.sql.names.Replace("DROP PROCEDURE IF EXISTS {"+strings.TrimSuffix(name, "_v1")+"}"))
	}
}

// newStore returns a store with tables of its own.
func newStore(t testing.TB) *Store {
	t.Helper()
	return migrated(t, connect(t), freshPrefix(t))
}

// migrated returns a store over the tables of the prefix.
func migrated(t testing.TB, db *sql.DB, prefix string) *Store {
	t.Helper()
	s := over(t, db, &Options{Prefix: prefix})
	must(t, s.Migrate(context.Background()))
	return s
}

// over returns a store that uses the pool.
func over(t testing.TB, db *sql.DB, opts *Options) *Store {
	t.Helper()
	s, err := New(db, opts)
	must(t, err)
	return s
}

// exec runs a statement that a test needs of the server itself.
func exec(t testing.TB, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// ask returns the one value that a query of a test finds.
func ask[T any](t testing.TB, db *sql.DB, query string) (value T) {
	t.Helper()
	if err := db.QueryRowContext(context.Background(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}
