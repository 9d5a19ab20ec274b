package pgstore

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// serverURL is the server that tests share which do not break it: that of POSTGRES_URL, or one of their own. Its user is a
// superuser.
var serverURL string

func TestMain(m *testing.M) {
	storetest.Main(m, func() (stop func(), err error) {
		serverURL, stop, err = testserver.Use("POSTGRES_URL", "postgres-server.sh")
		return stop, err
	}, func() error { return goleak.Find() })
}

// connect returns a pool of connections to the tests' server that the test's end closes.
func connect(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return dial(t, serverURL)
}

// dial returns a pool for the URL that the test's end closes. It connects when it is used.
func dial(t testing.TB, url string, change ...func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(c)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// address returns the host and port that a URL names.
func address(url string) string {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		panic(err)
	}
	return c.ConnConfig.Host + ":" + strconv.Itoa(int(c.ConnConfig.Port))
}

// with returns the URL with parameters changed; an empty value removes one. "user" is the user with the password after a
// colon, "host" the host with the port.
func with(t testing.TB, text string, pairs ...string) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	for i := 0; i < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		switch name {
		case "user":
			user, password, _ := strings.Cut(value, ":")
			u.User = url.UserPassword(user, password)
		case "host":
			u.Host = value
		case "database":
			u.Path = "/" + value
		default:
			if query.Set(name, value); value == "" {
				query.Del(name)
			}
		}
	}
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // a plus is a plus to PostgreSQL's clients
	return u.String()
}

var names atomic.Int64

// freshName returns a name for a schema, role or database that no other test uses, even one of another process on the same
// server.
func freshName() string { return fmt.Sprintf("test_%d_%d", os.Getpid(), names.Add(1)) }

// freshSchema returns the name of a schema that does not exist. The test's end drops it.
func freshSchema(t testing.TB) string {
	t.Helper()
	pool, name := connect(t), freshName()
	t.Cleanup(func() { exec(t, pool, "DROP SCHEMA IF EXISTS "+name+" CASCADE") })
	return name
}

// newStore returns a store in a schema of its own.
func newStore(t testing.TB) *Store {
	t.Helper()
	return migrated(t, connect(t), freshSchema(t))
}

// migrated returns a store in the schema.
func migrated(t testing.TB, pool *pgxpool.Pool, schema string) *Store {
	t.Helper()
	s := over(t, pool, &Options{Schema: schema})
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

// over returns a store that uses the pool.
func over(t testing.TB, pool *pgxpool.Pool, opts *Options) *Store {
	t.Helper()
	s, err := New(pool, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// exec runs a statement, or several, that a test needs of the server itself.
func exec(t testing.TB, pool *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := pool.Exec(context.Background(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// ask returns the one value that a query of a test finds.
func ask[T any](t testing.TB, pool *pgxpool.Pool, sql string, args ...any) (value T) {
	t.Helper()
	if err := pool.QueryRow(context.Background(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}
