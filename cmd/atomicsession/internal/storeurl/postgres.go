package storeurl

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/pgstore"
)

// postgresScheme has the names that PostgreSQL's own programs know.
var postgresScheme = scheme{
	"PostgreSQL",
	[]string{"postgres", "postgresql"},
	"postgres://HOST:PORT/DATABASE?schema=NAME (or postgresql:)",
	parsePostgres,
}

// postgresRules: pgx hands what it does not know to the server, which refuses what it does not know either.
var postgresRules = rules{
	known: []string{
		"schema",
		"application_name", "channel_binding", "connect_timeout", "database", "dbname", "default_query_exec_mode", "description_cache_capacity",
		"host", "krbspn", "krbsrvname", "max_protocol_version", "min_protocol_version", "passfile", "password",
		"pool_health_check_period", "pool_max_conn_idle_time", "pool_max_conn_lifetime", "pool_max_conn_lifetime_jitter", "pool_max_conns",
		"pool_min_conns", "pool_min_idle_conns", "pool_ping_timeout", "port", "require_auth", "service", "servicefile", "sslcert",
		"sslcertmode", "sslkey", "sslmode", "sslnegotiation", "sslpassword", "sslrootcert", "sslsni", "statement_cache_capacity",
		"target_session_attrs", "user",
	},
	own:     []string{"schema"},
	secret:  []string{"password", "sslpassword"},
	further: true,
}

func parsePostgres(text string) (*URL, error) {
	config, schema, a, err := postgresConfig(text)
	if err != nil {
		return nil, err
	}
	hosts := postgresHosts(config)
	name := fmt.Sprintf("PostgreSQL schema %s of database %s on %s", schema, orDefault(config.ConnConfig.Database, config.ConnConfig.User), hosts)
	return &URL{Hosts: hosts, open: func(ctx context.Context, mode Mode, _ *slog.Logger) (*Opened, error) {
		pool, err := pgxpool.NewWithConfig(ctx, config)
		if err != nil {
			return nil, err
		}
		store, err := pgstore.New(pool, &pgstore.Options{Schema: schema})
		if err == nil {
			err = preparePostgres(ctx, pool, store, mode)
		}
		if err != nil {
			pool.Close()
			return nil, a.explain(err)
		}
		return &Opened{Store: store, Migrator: store, Name: name, close: func() error { pool.Close(); return nil }}, nil
	}}, nil
}

// preparePostgres makes the schema, or looks whether it is there.
func preparePostgres(ctx context.Context, pool *pgxpool.Pool, store *pgstore.Store, mode Mode) error {
	if err := pool.Ping(ctx); err != nil { // the store would go on trying
		return fmt.Errorf("%w: %w", driver.ErrUnavailable, err)
	}
	return prepareTables(ctx, store, mode)
}

// tables is a store in tables of a database.
type tables interface {
	driver.Store
	Migrator
}

// prepareTables makes the tables, or looks whether they are there.
func prepareTables(ctx context.Context, store tables, mode Mode) error {
	switch mode {
	case Create:
		return store.Migrate(ctx)
	case Unprepared:
		return nil
	}
	_, err := store.Load(ctx, time.Now(), driver.Key{})
	if errors.Is(err, driver.ErrNotFound) {
		return nil
	}
	return err
}

// explain names the parameter that a server refuses.
func (a *address) explain(err error) error {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || !refusesParameter(e) {
		return err
	}
	for _, p := range a.params {
		if quoted := a.quote(p.name, postgresRules); quoted != "" && strings.Contains(strings.ToLower(e.Message), strings.ToLower(quoted[1:])) {
			return refuse("the server refuses the parameter%s", quoted)
		}
	}
	return err
}

// postgresConfig takes the schema, which PostgreSQL's URLs do not know, out of one.
func postgresConfig(text string) (config *pgxpool.Config, schema string, a *address, err error) {
	if a, err = parse(text); err != nil {
		return nil, "", nil, err
	}
	if err := a.check(postgresRules); err != nil {
		return nil, "", nil, err
	}
	if err := a.contradicts(); err != nil {
		return nil, "", nil, err
	}
	if config, err = pgxpool.ParseConfig(a.without("schema")); err == nil {
		return config, a.get("schema", "atomicsession"), a, nil
	}
	if _, err = pgxpool.ParseConfig(a.withoutSecrets(postgresRules)); err == nil {
		return nil, "", nil, refuse("malformed user or password")
	}
	_, reason, _ := strings.Cut(err.Error(), "`: ") // behind the URL
	return nil, "", nil, refuse("malformed for PostgreSQL: %s", driver.OneLine(reason))
}

// contradicts refuses what is said twice: in the URL and by a parameter, which would count, or by two names of one parameter.
func (a *address) contradicts() error {
	said := map[string]bool{
		"host": a.hosts != "", "port": withPort.MatchString(a.hosts), "dbname": strings.Trim(a.path, "/") != "",
		"user": a.user != "" && a.user[0] != ':', "password": strings.Contains(a.user, ":"),
	}
	for _, p := range a.params {
		name := p.name
		if name == "database" { // pgx takes both
			name = "dbname"
		}
		if said[name] {
			return refuse("parameter %s says again what the URL says elsewhere", p.name)
		}
		if name == "dbname" {
			said[name] = true
		}
	}
	return nil
}

var withPort = regexp.MustCompile(`:[0-9]+(,|$)`)

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
	return driver.OneLine(strings.Join(hosts, ","))
}

func postgresHost(host string, port uint16) string {
	if strings.HasPrefix(host, "/") {
		return host
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}
