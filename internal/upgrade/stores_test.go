package upgrade

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // registers "mysql"
	"github.com/jackc/pgx/v5"
	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// site is a store that programs share.
type site struct {
	store string // its folder in the repository
	url   string
	// query runs a statement on a store whose expired sessions are swept, and returns the number that it yields; nil where the server
	// drops them. %s stands for the table of sessions.
	query func(sql string) int
}

// both tests stores of a kind, each at a new place, which open gets the name of.
func both(t *testing.T, store string, open func(t *testing.T, place string) site) {
	p, err := builds()
	if err != nil {
		t.Fatal(err)
	}
	version, there := p.before.layouts[store]
	t.Logf("before: %s, layout version %q; now %q", p.before.name, version, p.now.layouts[store])
	fresh := func(t *testing.T) site {
		s := open(t, fmt.Sprintf("upgrade_%x", rand.Uint64()))
		s.store = store
		return s
	}
	switch {
	case !there: // a new store: two processes of the version that has it
		fresh(t).test(t, p.now, p.now)
	case version == "" || version == p.now.layouts[store]:
		t.Run("made before", func(t *testing.T) { fresh(t).test(t, p.before, p.now) })
		t.Run("made now", func(t *testing.T) { fresh(t).test(t, p.now, p.before) })
	case p.before.tagged:
		t.Errorf("layout version %s of %s is followed by another one: a release must work beside the one before", version, p.before.name)
	default:
		fresh(t).refuse(t, p.before, p.now)
	}
}

func TestSQLite(t *testing.T) {
	both(t, "sqlitestore", func(t *testing.T, place string) site {
		path := filepath.Join(t.TempDir(), place)
		return site{url: "sqlite:" + path, query: inSQLite(t, path, "session")}
	})
}

func TestSQLiteOfApplication(t *testing.T) {
	both(t, "sqlitestore/sqlitedb", func(t *testing.T, place string) site {
		path := filepath.Join(t.TempDir(), "app.db")
		return site{url: "sqlitedb:" + path + "?prefix=" + place + "_", query: inSQLite(t, path, place+"_session")}
	})
}

// inSQLite returns the query of a site in the file.
func inSQLite(t *testing.T, path, table string) func(sql string) int {
	return func(sql string) (n int) {
		c, err := sqlite3.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := c.Prepare(fmt.Sprintf(sql, table))
		if err != nil {
			t.Fatal(err)
		}
		for s.Step() {
			n = s.ColumnInt(0)
		}
		if err := errors.Join(s.Err(), s.Close(), c.Close()); err != nil {
			t.Fatal(err)
		}
		return n
	}
}

// serve returns the URL of a server that lives until the test's end.
func serve(t *testing.T, variable, script string) *url.URL {
	t.Helper()
	text := testserver.Serve(t, variable, script, "MONGO_SERVER_AUTH=")
	if variable == "MYSQL_URL" {
		return testserver.MySQLURL(text)
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// with returns the URL with one more parameter.
func with(u *url.URL, name, value string) string {
	longer, query := *u, u.Query()
	query.Set(name, value)
	longer.RawQuery = query.Encode()
	return longer.String()
}

func TestPostgreSQL(t *testing.T) {
	server := serve(t, "POSTGRES_URL", "postgres-server.sh")
	both(t, "pgstore", func(t *testing.T, place string) site {
		conn, err := pgx.Connect(t.Context(), server.String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx := context.Background()
			_, err := conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+place+" CASCADE")
			if err := errors.Join(err, conn.Close(ctx)); err != nil {
				t.Error(err)
			}
		})
		return site{url: with(server, "schema", place), query: func(sql string) (n int) {
			err := conn.QueryRow(t.Context(), fmt.Sprintf(sql, place+".session")).Scan(&n)
			if err != nil && !errors.Is(err, pgx.ErrNoRows) {
				t.Fatal(err)
			}
			return n
		}}
	})
}

func TestMariaDB(t *testing.T) {
	server := serve(t, "MYSQL_URL", "mariadb-server.sh")
	both(t, "mysqlstore", func(t *testing.T, place string) site {
		password, _ := server.User.Password()
		db, err := sql.Open("mysql", server.User.Username()+":"+password+"@tcp("+server.Host+")"+server.Path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return site{url: with(server, "prefix", place+"_"), query: func(statement string) (n int) {
			err := db.QueryRowContext(t.Context(), fmt.Sprintf(statement, place+"_session")).Scan(&n)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				t.Fatal(err)
			}
			return n
		}}
	})
}

func TestRedis(t *testing.T) {
	server := serve(t, "REDIS_URL", "redis-server.sh")
	both(t, "redisstore", func(_ *testing.T, place string) site { return site{url: with(server, "prefix", place)} })
}

func TestMongoDB(t *testing.T) {
	server := serve(t, "MONGODB_URI", "mongo-server.sh")
	server.Path = "/atomicsession_upgrade"
	both(t, "mongostore", func(_ *testing.T, place string) site { return site{url: with(server, "collection", place)} })
}

// row returns the end of a statement, about the visitor's session.
func (s site) row(v *visitor, p *program) string {
	v.t.Helper()
	id, err := driver.ParseID(fmt.Sprint(v.session(p)["id"]))
	if err != nil {
		v.t.Fatal(err)
	}
	if s.store == "pgstore" {
		return fmt.Sprintf(` WHERE id = '\x%x'`, id[:])
	}
	return fmt.Sprintf(" WHERE id = x'%x'", id[:])
}

// age has the session in the row expire, as if all that it knows of had been a year ago.
func (s site) age(row string) {
	const hours = 365 * 24
	sql := "UPDATE %s SET"
	used, hour := "last_used", "expires_hour"
	if strings.HasPrefix(s.store, "sqlitestore") {
		used, hour = "used", "hour"
	}
	for _, column := range []string{"created", used, "expires", "deadline"} {
		sql += fmt.Sprintf(" %s = %s - %d,", column, column, int64(hours)*time.Hour.Milliseconds())
	}
	sql += fmt.Sprintf(" %s = %s - %d", hour, hour, hours)
	s.query(sql + row)
}
