package mysqlstore

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// role makes a user who may do nothing but log in, and returns the name and what has a pool connect so.
func role(t testing.TB) (user string, connectAs func(*mysql.Config)) {
	t.Helper()
	admin, user := connect(t), strings.TrimSuffix(freshName(), "_")
	exec(t, admin, "CREATE USER "+user+"@'%' IDENTIFIED BY 'the-password'")
	t.Cleanup(func() { exec(t, admin, "DROP USER "+user+"@'%'") })
	return user, as(user, "the-password")
}

func grant(t testing.TB, user, what string) {
	t.Helper()
	exec(t, connect(t), "GRANT "+what+" TO "+user+"@'%'")
}

// grantUse gives the user what docs/mysql.md says that a program needs.
func grantUse(t testing.TB, s *Store, user string) {
	t.Helper()
	for _, table := range tables {
		grant(t, user, s.sql.names.Replace("SELECT, INSERT, UPDATE, DELETE ON {"+table+"}"))
	}
	for _, name := range procedureNames {
		grant(t, user, s.sql.names.Replace("EXECUTE ON PROCEDURE {"+strings.TrimSuffix(name, "_v1")+"}"))
	}
}

// TestOwner has a user who owns the database.
func TestOwner(t *testing.T) {
	admin := connect(t)
	user, as := role(t)
	exec(t, admin, "CREATE DATABASE "+user)
	t.Cleanup(func() { exec(t, admin, "DROP DATABASE "+user) })
	grant(t, user, "ALL ON "+user+".*")
	s := over(t, connect(t, as, func(c *mysql.Config) { c.DBName = user }), nil)
	must(t, s.Migrate(t.Context()))
	works(t, s)
	if has, err := s.HasProcedures(t.Context()); !has || err != nil {
		t.Errorf("it has procedures: %t, error %v", has, err)
	}
}

// TestSeparateRoles has one user who migrates, and another that the program runs as.
func TestSeparateRoles(t *testing.T) {
	near := newStore(t)
	user, as := role(t)
	grant(t, user, "SELECT ON mysql.help_topic") // of something, or it has no database to choose
	db := connect(t, as, func(c *mysql.Config) { c.DBName = "mysql" })
	opts := near.opts
	opts.Database = "sessions"
	s := over(t, db, &opts)
	for name, call := range storetest.Methods(s, storetest.NewKey(), time.Now()) {
		err := call(t.Context())
		if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) || !strings.Contains(err.Error(), "privilege") {
			t.Errorf("%s: error %v, want %v because a privilege is missing", name, err, driver.ErrUnavailable)
		}
	}
	grantUse(t, near, user)
	s = over(t, connect(t, as), &opts)
	works(t, s)
	must(t, s.Migrate(t.Context())) // a program may call it at its start although there is nothing for it to do
	if has, err := s.HasProcedures(t.Context()); !has || err != nil {
		t.Errorf("it has procedures: %t, error %v", has, err)
	}
}

// TestProceduresComeLater has a program that runs without procedures until somebody makes them.
func TestProceduresComeLater(t *testing.T) {
	near := newStore(t)
	withoutProcedures(t, near)
	user, as := role(t)
	for _, table := range tables {
		grant(t, user, near.sql.names.Replace("SELECT, INSERT, UPDATE, DELETE ON {"+table+"}"))
	}
	s := over(t, connect(t, as), &near.opts)
	must(t, s.Migrate(t.Context())) // it may not, and that is no error
	k, now := create(t, s, "ann", `{"n":1}`)
	counts(t, s, k, now, 1)
	must(t, near.Migrate(t.Context()))
	grantUse(t, near, user)
	if has, err := s.HasProcedures(t.Context()); !has || err != nil {
		t.Errorf("it has procedures: %t, error %v", has, err)
	}
	counts(t, s, k, now, 1)
	works(t, s)
}

// TestReader has a user who may only read.
func TestReader(t *testing.T) {
	near := newStore(t)
	user, as := role(t)
	for _, table := range tables {
		grant(t, user, near.sql.names.Replace("SELECT ON {"+table+"}"))
	}
	k, now := create(t, near, "ann", `{"a":{"b":1},"n":1}`)
	for name, call := range storetest.Methods(over(t, connect(t, as), &near.opts), k, now) {
		err := call(t.Context())
		if reads(name) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) {
			t.Errorf("%s: error %v, want %v", name, err, driver.ErrUnavailable)
		}
	}
	counts(t, near, k, now, 1)
}

// TestMigrateDenied has a user who may not make what Migrate makes.
func TestMigrateDenied(t *testing.T) {
	user, as := role(t)
	prefix := freshPrefix(t)
	grant(t, user, "SELECT, INSERT, UPDATE, DELETE, EXECUTE ON sessions.*")
	err := over(t, connect(t, as), &Options{Prefix: prefix}).Migrate(t.Context())
	if !errors.Is(err, driver.ErrUnavailable) || !strings.Contains(err.Error(), "privilege") {
		t.Errorf("error %v, want %v because a privilege is missing", err, driver.ErrUnavailable)
	}
	if n := ask[int](t, connect(t), "SELECT COUNT(*) FROM information_schema.tables WHERE table_name LIKE '"+prefix+"%'"); n != 0 {
		t.Error("it has made something")
	}
}
