package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
)

// WaitUntil polls until happened is true, since what another process does takes its time, and fails if it never is.
func WaitUntil(tb testing.TB, what string, happened func() bool) {
	tb.Helper()
	for end := time.Now().Add(time.Minute); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			tb.Fatalf("waited in vain until %s", what)
		}
	}
}

// Proxy starts a proxy in front of a server, which the test's end closes.
func Proxy(tb testing.TB, target string) *faultproxy.Proxy {
	tb.Helper()
	p, err := faultproxy.New(target)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = p.Close() })
	return p
}

// Within returns a context with so much time.
func Within(tb testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(tb.Context(), d)
	tb.Cleanup(cancel)
	return ctx
}
