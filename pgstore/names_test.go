package pgstore

import (
	"errors"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestForeignNames has somebody add fields to a session that no document can have.
func TestForeignNames(t *testing.T) {
	pool, schema := connect(t), freshSchema(t)
	s := migrated(t, pool, schema)
	for _, name := range []string{"", "a.b", ".", "$user"} {
		k, now := create(t, s, "ann", `{"a":{"b":1},"n":1}`)
		if _, err := pool.Exec(t.Context(), "INSERT INTO "+schema+".field VALUES ($1, $2, '1')", k.ID[:], name); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Load(t.Context(), now, k); !errors.Is(err, driver.ErrCorrupt) {
			t.Errorf("%q: Load: error %v, want %v", name, err, driver.ErrCorrupt)
		}
		for method, call := range storetest.Methods(s, k, now) { // what does not meet the field may work
			if err := call(t.Context()); err != nil && !storetest.Matches(err, driver.ErrCorrupt, driver.ErrNotFound) {
				t.Errorf("%q: %s: error %v", name, method, err)
			}
		}
	}
}

// TestDamagedField has somebody damage a field.
func TestDamagedField(t *testing.T) {
	pool, schema := connect(t), freshSchema(t)
	s := migrated(t, pool, schema)
	k, now := create(t, s, "ann", `{"a":1,"n":1}`)
	exec(t, pool, "UPDATE "+schema+".field SET value = 'soon' WHERE name = 'n'")
	storetest.DamagedField(t, s, k, now)
	exec(t, pool, "UPDATE "+schema+".field SET value = '[1,soon]' WHERE name = 'n'")
	storetest.DamagedInside(t, s, k, now)
}
