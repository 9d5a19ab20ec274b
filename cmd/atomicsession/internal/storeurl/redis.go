package storeurl

import (
	"context"
	"fmt"
	"strings"

	"github.com/atomicsession/atomicsession/redisstore"
)

// redisSchemes are the forms that [redisstore.Open] knows.
var redisSchemes = []scheme{
	{[]string{"redis", "rediss"}, "redis://HOST:PORT/DB?prefix=NAME (with TLS rediss:)", openRedis},
	{[]string{"redis+cluster", "rediss+cluster"}, "redis+cluster://HOST:PORT,HOST:PORT (with TLS rediss+cluster:)", openRedis},
	{
		[]string{"redis+sentinel", "rediss+sentinel"},
		"redis+sentinel://HOST:PORT,HOST:PORT/DB?master_set=NAME (with TLS rediss+sentinel:)",
		openRedis,
	},
}

func openRedis(_ context.Context, text string, _ Mode) (*Opened, error) {
	hosts := redisHosts(text)
	store, err := redisstore.Open(text, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", hosts, err)
	}
	return &Opened{Store: store, Name: "Redis on " + hosts, close: store.Close}, nil
}

// redisHosts returns the hosts that a URL names, without user and password.
func redisHosts(text string) string {
	_, rest, _ := strings.Cut(text, "://")
	if end := strings.IndexAny(rest, "/?"); end >= 0 {
		rest = rest[:end]
	}
	return rest[strings.LastIndexByte(rest, '@')+1:]
}
