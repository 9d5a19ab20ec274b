package storeurl

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
)

func TestOpenPostgres(t *testing.T) {
	u := serverURL(t, "POSTGRES_URL", "postgres-server.sh")
	pool, err := pgxpool.New(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	drop := func() {
		if _, err := pool.Exec(t.Context(), `DROP SCHEMA IF EXISTS "Store URL test" CASCADE`); err != nil {
			t.Error(err)
		}
	}
	drop()
	defer drop()
	u.RawQuery += "&schema=Store%20URL%20test"

	if opened, err := Open(t.Context(), u.String(), Existing); err == nil {
		t.Errorf("a schema that does not exist was opened: %v", opened.Close())
	} else if !strings.Contains(err.Error(), u.Host+": the schema is missing") {
		t.Errorf("a schema that does not exist: %v", err)
	}
	opened, err := Open(t.Context(), u.String(), Create)
	if err != nil {
		t.Fatal(err)
	}
	if want := "PostgreSQL schema Store URL test of database " + strings.TrimPrefix(u.Path, "/") + " on " + u.Host; opened.Name != want {
		t.Errorf("it is called %q, want %q", opened.Name, want)
	}
	k, now := driver.Key{ID: driver.ID{1}}, time.Now()
	record := driver.Record{Meta: driver.Meta{ID: k.ID, User: "ann", Created: now, LastUsed: now, Expires: now.Add(time.Hour)}}
	if err := opened.Store.Create(t.Context(), k.Verifier, record); err != nil {
		t.Error(err)
	}
	if err := opened.Close(); err != nil {
		t.Error(err)
	}

	u.Scheme = "postgresql"
	opened, err = Open(t.Context(), u.String(), Existing)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if n, _, err := opened.Store.(driver.Finder).DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 10); n != 1 || err != nil {
		t.Errorf("it holds %d sessions (error: %v)", n, err)
	}

	u.User = url.UserPassword("nobody", "se/cr:et")
	for _, mode := range []Mode{Create, Existing} {
		if _, err := Open(t.Context(), u.String(), mode); !errors.Is(err, driver.ErrUnavailable) || strings.Contains(err.Error(), "cr:et") || strings.Contains(err.Error(), "cr%3Aet") {
			t.Errorf("with a wrong password: %v", err)
		}
	}
}

func TestParsePostgres(t *testing.T) {
	for _, tc := range []struct{ text, schema, hosts, database, setting string }{
		{"postgres://u:p@host/app", "atomicsession", "host:5432", "app", ""},
		{"postgresql://u:p@host:1/app?schema=s", "s", "host:1", "app", ""},
		{"postgres://u:p@a:1,b:2/app?schema=My%20app&search_path=x%26%20y", "My app", "a:1,b:2", "app", "x& y"},
		{"postgres://u:p@/app?host=/run/pg&schema=s", "s", "/run/pg", "app", ""},
	} {
		config, schema, _, err := postgresConfig(tc.text)
		if err != nil {
			t.Errorf("%s: %v", tc.text, err)
			continue
		}
		c := config.ConnConfig
		if schema != tc.schema || postgresHosts(config) != tc.hosts || c.Database != tc.database || c.RuntimeParams["search_path"] != tc.setting || c.User != "u" || c.Password != "p" {
			t.Errorf("%s: schema %q on %s, %+v", tc.text, schema, postgresHosts(config), c.RuntimeParams)
		}
	}
}
