package sqlitestore_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

func TestLinear(t *testing.T) {
	linearizable.Run(t, linearizable.Store{
		Start: func(tb testing.TB) string { return filepath.Join(tb.TempDir(), "s.db") },
		Connect: func(tb testing.TB, a string) driver.Store {
			s, err := sqlitestore.Open(tb.Context(), a, nil)
			if err != nil {
				tb.Fatal(err)
			}
			tb.Cleanup(func() { s.Close() })
			return s
		},
	}, &linearizable.Options{Histories: 200, Kill: os.Getenv("KILL") != "", Patience: 20 * time.Second})
}
