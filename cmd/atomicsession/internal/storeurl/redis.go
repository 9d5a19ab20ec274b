package storeurl

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/redisstore"
)

// redisSchemes are the forms that [redisstore.Open] knows.
var redisSchemes = []scheme{
	{"Redis", []string{"redis", "rediss"}, "redis://HOST:PORT/DB?prefix=NAME (TLS: rediss:)", parseRedis},
	{"Redis", []string{"redis+cluster", "rediss+cluster"}, "redis+cluster://HOST:PORT,HOST:PORT?prefix=NAME (TLS: rediss+cluster:)", parseRedis},
	{
		"Redis",
		[]string{"redis+sentinel", "rediss+sentinel"},
		"redis+sentinel://HOST:PORT,HOST:PORT/DB?master_set=NAME&prefix=NAME (TLS: rediss+sentinel:)",
		parseRedis,
	},
	{"Redis", []string{"unix"}, "unix:///PATH/OF/REDIS.SOCK?db=NUMBER&prefix=NAME", parseRedis},
}

// redisPrefix is the default of [redisstore.Options], given to it to be sure that the name of the store tells what is used.
const redisPrefix = "atomicsession:"

// parseRedis leaves the parameters to the store, which knows them.
func parseRedis(text string) (*URL, error) {
	a, err := parse(text)
	if err != nil {
		return nil, err
	}
	hosts, database := orDefault(a.hosts, "localhost"), strings.TrimPrefix(a.path, "/")
	if a.scheme == "unix" {
		hosts, database = a.path, ""
	}
	prefix := a.get("prefix", redisPrefix)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := redisstore.Open(ended, text, nil); !errors.Is(err, driver.ErrUnavailable) { // it has got no further than the URL
		return nil, refuse("%s", strings.TrimPrefix(strings.TrimPrefix(err.Error(), "redisstore: "), "URL: "))
	}
	open := func(ctx context.Context, _ Mode, log *slog.Logger) (*Opened, error) {
		store, err := redisstore.Open(ctx, text, &redisstore.Options{Prefix: prefix, Logger: log})
		if err != nil {
			return nil, err
		}
		where := "database " + orDefault(a.get("db", database), "0") + " on "
		if strings.HasSuffix(a.scheme, "+cluster") {
			where = "cluster "
		} else if strings.HasSuffix(a.scheme, "+sentinel") {
			where += "the master " + a.get("master_set", "") + " of "
		}
		return &Opened{Store: store, Name: fmt.Sprintf("Redis %s%s, keys that begin with %q", where, hosts, prefix), close: store.Close}, nil
	}
	return &URL{Hosts: hosts, tls: strings.HasPrefix(a.scheme, "rediss"), open: open}, nil
}

func orDefault(s, value string) string {
	if s == "" {
		return value
	}
	return s
}
