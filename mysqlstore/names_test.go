package mysqlstore

import (
	"errors"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/atomicsession/atomicsession/driver"
)

// TestNames has names of tables, procedures and databases that must be quoted, or are as long as they may be.
func TestNames(t *testing.T) {
	t.Parallel()
	admin := connect(t)
	for _, prefix := range []string{
		"Upper", "with blanks `and` \"quotes\" ? ", "a.b-c;--'", "percent%{session}", "0", longest(maxIdentifier - len(longestName)),
	} {
		s := over(t, admin, &Options{Prefix: prefix})
		t.Cleanup(func() { drop(t, admin, prefix) })
		must(t, s.Migrate(t.Context()))
		works(t, s)
		if has, err := s.HasProcedures(t.Context()); !has || err != nil {
			t.Errorf("%q: it has procedures: %t, error %v", prefix, has, err)
		}
	}
	for _, database := range []string{freshName() + "`? \"x", longest(64)} {
		exec(t, admin, "CREATE DATABASE "+quote(database))
		t.Cleanup(func() { exec(t, admin, "DROP DATABASE "+quote(database)) })
		s := over(t, connect(t, func(c *mysql.Config) { c.DBName = "" }), &Options{Database: database})
		must(t, s.Migrate(t.Context()))
		must(t, s.Migrate(t.Context()))
		works(t, s)
	}
}

// longest returns a name of so many characters.
func longest(n int) string {
	name := []byte(freshName())
	for len(name) < n {
		name = append(name, 'x')
	}
	return string(name)
}

// TestApart has two applications in one database.
func TestApart(t *testing.T) {
	a, b := newStore(t), newStore(t)
	k, now := create(t, a, "ann", `{"n":1}`)
	if _, err := b.Load(t.Context(), now, k); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("error %v, want %v", err, driver.ErrNotFound)
	}
	counts(t, a, k, now, 1)
}
