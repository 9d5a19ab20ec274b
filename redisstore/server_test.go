package redisstore

import (
	"fmt"
	"os"
	"testing"

	"github.com/redis/rueidis"
	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// address is that of the server all tests share that do not break it.
var address string

// closing are the goroutines that the cluster client leaves asleep for some seconds after its Close.
var closing = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient)._refresh.func2"),
	goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"),
}

func TestMain(m *testing.M) {
	storetest.Main(m, start, func() error { return goleak.Find(closing...) })
}

// start finds the server that tests share: that of REDIS_URL, or one of their own.
func start() (stop func(), err error) {
	if url := os.Getenv("REDIS_URL"); url != "" {
		opt, err := rueidis.ParseURL(url)
		if err != nil {
			return nil, fmt.Errorf("REDIS_URL: %w", err)
		}
		address = opt.InitAddress[0]
		return func() {}, nil
	}
	s, err := testserver.StartRedis()
	if err != nil {
		return nil, err
	}
	address = s.Addr
	return s.Remove, nil
}
