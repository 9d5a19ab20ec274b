package stores

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/gomodule/redigo/redis"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/lib/pq"
	goredis "github.com/redis/go-redis/v9"
	_ "modernc.org/sqlite"

	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
)

var places atomic.Int64

// place returns a name for what one test keeps at a server that others use, too.
func place() string { return fmt.Sprintf("moving_%d_%d", time.Now().UnixNano(), places.Add(1)) }

// through returns a proxy for the server at address, a host and port.
func through(t *testing.T, address string) *faultproxy.Proxy {
	t.Helper()
	proxy, err := faultproxy.New(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Close(); err != nil {
			t.Error(err)
		}
	})
	return proxy
}

// throughURL is through for a URL, and returns it with the address of the proxy.
func throughURL(t *testing.T, text string) (*url.URL, *faultproxy.Proxy) {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	proxy := through(t, u.Host)
	u.Host = proxy.Addr()
	return u, proxy
}

func openRedigo(t *testing.T) (*redis.Pool, *faultproxy.Proxy) {
	t.Helper()
	u, proxy := throughURL(t, redisURL)
	pool := &redis.Pool{MaxIdle: 2, Dial: func() (redis.Conn, error) { return redis.DialURL(u.String()) }}
	t.Cleanup(func() { pool.Close() })
	return pool, proxy
}

func openGoRedis(t *testing.T) (*goredis.Client, *faultproxy.Proxy) {
	t.Helper()
	u, proxy := throughURL(t, redisURL)
	options, err := goredis.ParseURL(u.String())
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client, proxy
}

// openPostgres returns the URL of a schema of its own, which need not be empty of tables for long.
func openPostgres(t *testing.T) (string, *faultproxy.Proxy) {
	t.Helper()
	schema := place()
	db := openSQL(t, "postgres", postgresURL)
	execute(t, db, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { execute(t, db, "DROP SCHEMA "+schema+" CASCADE") })
	u, proxy := throughURL(t, postgresURL)
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	return u.String(), proxy
}

func openPgx(t *testing.T, text string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// openMySQL returns a database of its own.
func openMySQL(t *testing.T) (*sql.DB, *faultproxy.Proxy) {
	t.Helper()
	database := place()
	server := openSQL(t, "mysql", mysqlURL)
	execute(t, server, "CREATE DATABASE "+database)
	t.Cleanup(func() { execute(t, server, "DROP DATABASE "+database) })
	config, err := mysql.ParseDSN(mysqlURL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := through(t, config.Addr)
	config.Addr, config.DBName = proxy.Addr(), database
	config.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	return db, proxy
}

func openSQL(t *testing.T, driver, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, statement string, arguments ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // also after the test
	defer cancel()
	if _, err := db.ExecContext(ctx, statement, arguments...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
