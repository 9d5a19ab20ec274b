package roundtrip

import (
	"path/filepath"
	"testing"

	"github.com/atomicsession/atomicsession/memstore"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// How many values are sent through each store.
const (
	many = 12_000
	some = 2_500 // where each takes a way over the network
)

func TestMemory(t *testing.T) { check(t, memstore.New(nil), many) }

func TestSQLite(t *testing.T) {
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "sessions.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	check(t, store, many)
}
