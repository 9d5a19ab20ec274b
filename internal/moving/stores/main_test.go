package stores

import (
	"errors"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// The servers that the tests share, which do not break them: those of the variables, or some of their own.
var redisURL, postgresURL, mysqlURL string

func TestMain(m *testing.M) {
	storetest.Main(m, startServers, func() error {
		// It belongs to the store that every new manager of scs has, and cannot be ended without a data race.
		return goleak.Find(goleak.IgnoreAnyFunction("github.com/alexedwards/scs/v2/memstore.(*MemStore).startCleanup"))
	})
}

func startServers() (stop func(), err error) {
	servers := []struct {
		url              *string
		variable, script string
		stop             func()
		err              error
	}{
		{url: &redisURL, variable: "REDIS_URL", script: "redis-server.sh"},
		{url: &postgresURL, variable: "POSTGRES_URL", script: "postgres-server.sh"},
		{url: &mysqlURL, variable: "MYSQL_URL", script: "mariadb-server.sh"},
	}
	var all sync.WaitGroup
	for i := range servers {
		s := &servers[i]
		all.Go(func() { *s.url, s.stop, s.err = testserver.Use(s.variable, s.script) })
	}
	all.Wait()
	stop = func() {
		for _, s := range servers {
			if s.stop != nil {
				s.stop()
			}
		}
	}
	for _, s := range servers {
		err = errors.Join(err, s.err)
	}
	if err != nil {
		stop()
	}
	return stop, err
}
