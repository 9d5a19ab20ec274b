package setup

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/atomicsession/atomicsession/internal/bench/backend"
	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// Servers are those that contestants keep their sessions in. Each is started when the first one needs it.
type Servers struct{ started []*backend.Backend }

// variables are those that tell applications where the servers are.
var variables = map[string]string{
	peer.Redis: "REDIS_URL", peer.Postgres: "POSTGRES_URL", peer.MariaDB: "MYSQL_URL", peer.MongoDB: "MONGODB_URI",
}

// environment has the URLs of the servers that the contestant needs.
func (s *Servers) environment(ctx context.Context, c *Contestant) ([]string, error) {
	var environment []string
	for _, name := range c.Servers {
		variable, ok := variables[name]
		if !ok {
			return nil, fmt.Errorf("%s: no server %q", c.name, name)
		}
		at, err := s.url(ctx, name)
		if err == nil && name == peer.Postgres {
			at, err = database(ctx, at, c.name)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", c.name, name, err)
		}
		environment = append(environment, variable+"="+at)
	}
	return environment, nil
}

func (s *Servers) url(ctx context.Context, name string) (string, error) {
	i := slices.IndexFunc(s.started, func(b *backend.Backend) bool { return b.Store == name })
	if i >= 0 {
		return s.started[i].URL, nil
	}
	b, err := backend.Start(ctx, name)
	if err != nil {
		return "", err
	}
	s.started = append(s.started, b)
	return b.URL, nil
}

// database makes an empty database of the contestant's own, if it has none yet.
func database(ctx context.Context, text, name string) (string, error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, text)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	own := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower("races_"+name))
	var known bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", own).Scan(&known); err != nil {
		return "", err
	}
	if !known {
		if _, err := conn.Exec(ctx, "CREATE DATABASE "+own); err != nil {
			return "", err
		}
	}
	u.Path = "/" + own
	return u.String(), nil
}

// Versions are those of the servers that have been started.
func (s *Servers) Versions() (all []result.Version) {
	for _, b := range s.started {
		all = append(all, b.Versions...)
	}
	return all
}

// Close stops them.
func (s *Servers) Close() {
	for _, b := range s.started {
		b.Close()
	}
	s.started = nil
}
