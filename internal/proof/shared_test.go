package proof

import (
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/atomicsession/atomicsession/internal/testserver"
)

var (
	sharedMu  sync.Mutex
	sharedURL = map[string]string{} // by the variable
	stops     []func()
)

// shared returns the URL of a server that is not harmed: what the environment variable holds, or one that lives until stopShared.
func shared(tb testing.TB, variable, script string, env ...string) string {
	tb.Helper()
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if sharedURL[variable] == "" {
		u, stop, err := testserver.Use(variable, script, env...)
		if err != nil {
			tb.Fatal(err)
		}
		sharedURL[variable], stops = u, append(stops, stop)
	}
	return sharedURL[variable]
}

func stopShared() {
	for _, stop := range stops {
		stop()
	}
}

var names atomic.Int64

// fresh returns a name for a schema, a collection or a prefix that nobody else uses on a server.
func fresh() string { return fmt.Sprintf("proof_%d_%d", os.Getpid(), names.Add(1)) }

// without takes a parameter from a URL and returns its value.
func without(tb testing.TB, address, parameter string) (text, value string) {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	query := u.Query()
	value = query.Get(parameter)
	query.Del(parameter)
	u.RawQuery = query.Encode()
	return u.String(), value
}
