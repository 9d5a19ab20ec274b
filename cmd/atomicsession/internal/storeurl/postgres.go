package storeurl

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/pgstore"
)

// postgresScheme has the names that PostgreSQL's own programs know.
var postgresScheme = scheme{
	[]string{"postgres", "postgresql"},
	"postgres://HOST:PORT/DATABASE?schema=NAME (or postgresql:)",
	openPostgres,
}

func openPostgres(ctx context.Context, text string, mode Mode) (*Opened, error) {
	config, schema, err := parsePostgres(text)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	store := pgstore.New(pool, &pgstore.Options{Schema: schema})
	name := fmt.Sprintf("PostgreSQL schema %s of database %s on %s", schema, orDefault(config.ConnConfig.Database, config.ConnConfig.User), postgresHosts(config))
	bounded, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := preparePostgres(bounded, store, mode); err != nil {
		pool.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Opened{Store: store, Name: name, close: func() error { pool.Close(); return nil }}, nil
}

// preparePostgres makes the schema, or looks whether it is there.
func preparePostgres(ctx context.Context, store *pgstore.Store, mode Mode) error {
	if mode == Create {
		return store.Migrate(ctx)
	}
	_, err := store.Load(ctx, time.Now(), driver.Key{})
	if errors.Is(err, driver.ErrNotFound) {
		return nil
	}
	return err
}

// parsePostgres takes the schema, which PostgreSQL's URLs do not know, out of one.
func parsePostgres(text string) (config *pgxpool.Config, schema string, err error) {
	head, query, _ := strings.Cut(text, "?")
	parameters := strings.Split(query, "&")
	for i, p := range parameters {
		if value, ok := strings.CutPrefix(p, "schema="); ok {
			schema, err = url.PathUnescape(value)
			parameters = slices.Delete(parameters, i, i+1)
			break
		}
	}
	if err != nil || !strings.Contains(head, "://") {
		return nil, "", errors.New("malformed postgres URL")
	}
	schema = orDefault(schema, "atomicsession")
	config, err = pgxpool.ParseConfig(head + "?" + strings.Join(parameters, "&"))
	if err != nil {
		return nil, "", errors.New("malformed postgres URL") // the driver's error may quote a password
	}
	return config, schema, nil
}

// postgresHosts returns the servers of which one is used, or the folder of a socket.
func postgresHosts(config *pgxpool.Config) string {
	c := config.ConnConfig
	hosts := []string{postgresHost(c.Host, c.Port)}
	for _, f := range c.Fallbacks {
		// A server may be listed twice, with and without TLS.
		if host := postgresHost(f.Host, f.Port); host != hosts[len(hosts)-1] {
			hosts = append(hosts, host)
		}
	}
	return strings.Join(hosts, ",")
}

func postgresHost(host string, port uint16) string {
	if strings.HasPrefix(host, "/") {
		return host
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}
