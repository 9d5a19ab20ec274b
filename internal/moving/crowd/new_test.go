package crowd

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/pgstore"
	"github.com/atomicsession/atomicsession/redisstore"
)

// config is what the servers of an application have in common.
type config struct {
	Old             string // its library before the move
	Store           string // where its sessions are after it
	Redis, Postgres string
	Place           string        // of its own there
	Ahead           time.Duration // of the clock
}

var (
	bought   = atomicsession.NewKey[cart]("cart")
	count    = atomicsession.NewCounter("count")
	importer = atomicsession.NewKey[int64]("importer")
	// What the requests have changed, by their tokens.
	done = atomicsession.NewMap[bool]("done")
	log  = atomicsession.NewList[string]("log")
)

// openNew returns the manager of the application after the move.
func openNew(ctx context.Context, c *config, from atomicsession.Importer) (*atomicsession.Manager, func(), error) {
	store, closeStore, err := openStore(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	sessions, err := atomicsession.New(store, &atomicsession.Options{
		Import:       &atomicsession.Import{From: from, Key: bytes.Repeat([]byte{7}, 32), User: userOf, Changes: changesOf},
		Cookie:       atomicsession.CookieOptions{Name: "site", InsecureHTTP: true},
		StoreTimeout: 20 * time.Second, // on a busy machine
		Now:          func() time.Time { return time.Now().Add(c.Ahead) },
		Logger:       slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		closeStore()
		return nil, nil, err
	}
	return sessions, closeStore, nil
}

func userOf(old atomicsession.OldSession) string {
	user, _ := old.Values["user"].(string)
	return user
}

// changesOf returns what a new session holds: what the old one did, and the process that has imported it.
func changesOf(old atomicsession.OldSession) ([]atomicsession.Change, error) {
	changes := []atomicsession.Change{importer.Set(int64(os.Getpid()))}
	for name, value := range old.Values {
		changes = append(changes, atomicsession.Path(name).Set(value))
	}
	return changes, nil
}

func openStore(ctx context.Context, c *config) (driver.Store, func(), error) {
	if c.Store != "postgres" {
		store, err := redisstore.Open(ctx, c.Redis, &redisstore.Options{Prefix: c.Place + ":"})
		if err != nil {
			return nil, nil, err
		}
		return store, func() { store.Close() }, nil
	}
	pool, err := pgxpool.New(ctx, c.Postgres)
	if err != nil {
		return nil, nil, err
	}
	store, err := pgstore.New(pool, &pgstore.Options{Schema: c.Place})
	if err == nil {
		err = store.Migrate(ctx)
	}
	if err != nil {
		pool.Close()
		return nil, nil, err
	}
	return store, pool.Close, nil
}
