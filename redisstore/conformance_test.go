package redisstore

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
)

// open returns two clients of the server, over keys of their own.
func open(t testing.TB) (a, b driver.Store) {
	prefix := freshPrefix()
	return newStore(t, address, Options{Prefix: prefix}), newStore(t, address, Options{Prefix: prefix})
}

func TestConformance(t *testing.T) {
	t.Parallel() // beside tests that wait
	drivertest.Run(t, open)
}

func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, open) }
