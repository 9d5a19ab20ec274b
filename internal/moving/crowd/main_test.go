package crowd

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

var (
	visitors = flag.Int("visitors", 30, "how many `visitors` move out of each library")
	newStore = flag.String("store", "redis", "where the sessions move to: redis or postgres")
)

// The servers of the stores: those of the variables, or some of their own.
var redisURL, postgresURL string

func TestMain(m *testing.M) {
	if text := os.Getenv(serverVariable); text != "" {
		serve(text)
		return
	}
	flag.Parse()
	storetest.Main(m, startStores, func() error {
		// It belongs to the store that every new manager of scs has, and cannot be ended without a data race.
		return goleak.Find(goleak.IgnoreAnyFunction("github.com/alexedwards/scs/v2/memstore.(*MemStore).startCleanup"))
	})
}

func startStores() (func(), error) {
	var stopRedis, stopPostgres func()
	var err error
	if redisURL, stopRedis, err = testserver.Use("REDIS_URL", "redis-server.sh"); err != nil || *newStore != "postgres" {
		return stopRedis, err
	}
	if postgresURL, stopPostgres, err = testserver.Use("POSTGRES_URL", "postgres-server.sh"); err != nil {
		stopRedis()
		return nil, err
	}
	return func() { stopPostgres(); stopRedis() }, nil
}
