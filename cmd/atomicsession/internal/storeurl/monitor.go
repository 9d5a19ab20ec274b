package storeurl

import (
	"context"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/event"
)

// unreachableError is why none of the servers can be reached.
type unreachableError struct{ last error }

func (e *unreachableError) Error() string { return e.last.Error() }
func (e *unreachableError) Unwrap() error { return e.last }

// unreachable gives up once each of so many servers has failed: the driver would go on trying for as long as it may, without a
// word of why.
func unreachable(servers int, giveUp context.CancelCauseFunc) *event.ServerMonitor {
	var mu sync.Mutex
	failed := make(map[string]bool)
	return &event.ServerMonitor{ServerHeartbeatFailed: func(e *event.ServerHeartbeatFailedEvent) {
		mu.Lock()
		defer mu.Unlock()
		host := e.ConnectionID // with a number behind it
		if i := strings.LastIndex(host, "[-"); i >= 0 {
			host = host[:i]
		}
		if failed[host] = true; servers > 0 && len(failed) >= servers {
			giveUp(&unreachableError{e.Failure})
		}
	}}
}
