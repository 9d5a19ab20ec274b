package upgrade

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// site is a store that programs share.
type site struct {
	store string // its folder
	url   string
	// query runs a statement on a store whose expired sessions are swept, and returns the number that it yields; nil where the server
	// drops them. %s stands for the table of sessions.
	query func(sql string) int
}

func TestSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	site{"sqlitestore", "sqlite:" + path, func(sql string) (n int) {
		c, err := sqlite3.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := c.Prepare(fmt.Sprintf(sql, "sessions"))
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
	}}.test(t)
}

// server returns the URL of a server, with a parameter that gives the test a place of its own there.
func server(t *testing.T, variable, script, path, parameter string) (address, place string) {
	t.Helper()
	text, stop, err := testserver.Use(variable, script, "MONGO_SERVER_AUTH=")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	place = fmt.Sprintf("upgrade_%x", rand.Uint64())
	query := u.Query()
	query.Set(parameter, place)
	u.RawQuery = query.Encode()
	if path != "" {
		u.Path = path
	}
	return u.String(), place
}

func TestPostgreSQL(t *testing.T) {
	address, schema := server(t, "POSTGRES_URL", "postgres-server.sh", "", "schema")
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Del("schema")
	u.RawQuery = query.Encode()
	conn, err := pgx.Connect(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := conn.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
		if err := errors.Join(err, conn.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
	site{"pgstore", address, func(sql string) (n int) {
		if err := conn.QueryRow(t.Context(), fmt.Sprintf(sql, schema+".session")).Scan(&n); err != nil && !errors.Is(err, pgx.ErrNoRows) {
			t.Fatal(err)
		}
		return n
	}}.test(t)
}

func TestRedis(t *testing.T) {
	address, _ := server(t, "REDIS_URL", "redis-server.sh", "", "prefix")
	site{store: "redisstore", url: address}.test(t)
}

func TestMongoDB(t *testing.T) {
	address, _ := server(t, "MONGODB_URI", "mongo-server.sh", "/atomicsession_upgrade", "collection")
	site{store: "mongostore", url: address}.test(t)
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
	for i, column := range []string{"created", "used", "expires", "deadline"} {
		sql += fmt.Sprintf("%s %s = %s - %d", ", "[:min(i, 1)], column, column, int64(hours)*time.Hour.Milliseconds())
	}
	if s.store == "sqlitestore" {
		sql += fmt.Sprintf(", hour = hour - %d", hours)
	}
	s.query(sql + row)
}
