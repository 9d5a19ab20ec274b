package linearizable_test

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/memstore"
)

func inMemory(open func(s *memstore.Store) driver.Store) linearizable.Store {
	s := memstore.New(nil)
	return linearizable.Store{
		Start:   func(testing.TB) string { return "" },
		Connect: func(testing.TB, string) driver.Store { return open(s) },
	}
}

func TestMemstore(t *testing.T) {
	linearizable.Run(t, inMemory(func(s *memstore.Store) driver.Store { return s }), &linearizable.Options{Processes: 1, Histories: 1000})
}

// TestFields loads single fields, too.
func TestFields(t *testing.T) {
	store := inMemory(func(s *memstore.Store) driver.Store { return loading{Store: s} })
	linearizable.Run(t, store, &linearizable.Options{Processes: 1, Histories: 500})
}
