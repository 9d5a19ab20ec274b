package pgstore

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/atomicsession/atomicsession/driver"
)

// TestSize has a session reach its limit by what it holds, and not by what it has held, in whichever way fields are set.
func TestSize(t *testing.T) {
	for _, m := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec} {
		t.Run(m.String(), func(t *testing.T) { testSize(t, migrated(t, dial(t, serverURL, mode(m)), freshSchema(t))) })
	}
}

func testSize(t *testing.T, s *Store) {
	t.Helper()
	k, now := create(t, s, "", `{}`)
	limits := driver.Limits{Size: 1000}
	set := func(name string, size int) error {
		op := driver.Set{Path: driver.Path(name), Value: driver.StringValue(strings.Repeat("x", size-len(name)-len(`""`)))}
		_, err := s.Update(t.Context(), now, k, &driver.Update{Ops: []driver.Op{op}, Limits: limits})
		return err
	}
	for _, step := range []struct {
		name string
		size int
		want error
	}{
		{"a", 1001, driver.ErrTooLarge},
		{"a", 1000, nil},
		{"a", 1000, nil},
		{"a", 10, nil},
		{"a", 600, nil},
		{"a", 600, nil},
		{"b", 401, driver.ErrTooLarge},
		{"b", 400, nil},
		{"b", 401, driver.ErrTooLarge},
		{"c", 10, driver.ErrTooLarge},
		{"b", 100, nil},
		{"c", 300, nil},
	} {
		if err := set(step.name, step.size); !errors.Is(err, step.want) {
			t.Errorf("%d bytes in %s: error %v, want %v", step.size, step.name, err, step.want)
		}
	}
	var size int
	sql := "SELECT sum(octet_length(name) + octet_length(value)) FROM " + quoteIdentifier(s.schema) + ".field"
	if err := connect(t).QueryRow(t.Context(), sql).Scan(&size); err != nil {
		t.Fatal(err)
	}
	r, err := s.Load(t.Context(), now, k)
	if err != nil || size != 1000 || r.Data.Size() != size {
		t.Errorf("the rows have %d bytes, the document has %d (error: %v), want 1000", size, r.Data.Size(), err)
	}
}
