package mysqlstore

import (
	"context"
	"database/sql"
	"errors"
	osexec "os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

func TestMigrateTwice(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	counts(t, migrated(t, connect(t), s.opts.Prefix), k, now, 1)
	if script, err := s.Migration(t.Context()); script != "" || err != nil {
		t.Errorf("there is left to do: %q, error %v", script, err)
	}
}

// TestMigrateTogether has several programs start at once.
func TestMigrateTogether(t *testing.T) {
	prefix := freshPrefix(t)
	var stores []*Store
	for range 10 {
		stores = append(stores, over(t, connect(t), &Options{Prefix: prefix, Timeout: time.Minute}))
	}
	start := make(chan struct{})
	var done sync.WaitGroup
	for _, s := range stores {
		done.Go(func() {
			<-start
			if err := s.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	done.Wait()
	k, now := create(t, stores[0], "ann", `{"n":1}`)
	counts(t, stores[9], k, now, 1)
	if has, err := stores[9].HasProcedures(t.Context()); !has || err != nil {
		t.Errorf("it has procedures: %t, error %v", has, err)
	}
}

// TestMigrateUnderLoad migrates again what is in use, and has its procedures made anew.
func TestMigrateUnderLoad(t *testing.T) {
	s := newStore(t)
	l := faults.NewLoad(t, s, 3)
	l.Start(s, 8)
	again := over(t, connect(t), &s.opts)
	for range 5 {
		l.Progress(20)
		withoutProcedures(t, s)
		if err := again.Migrate(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if sum := l.SettleAll(); sum.Unknown+sum.Refused > 0 {
		t.Errorf("%d updates are unknown, %d were refused", sum.Unknown, sum.Refused)
	}
}

// TestMigrateKilled has a migration that was killed after each of its steps: the next one finishes it.
func TestMigrateKilled(t *testing.T) {
	s := over(t, connect(t), &Options{Prefix: freshPrefix(t)})
	steps := append(append(s.makeTables(), s.fillTurns()), s.makeProcedures()...)
	whole := ""
	for i := range len(steps) + 1 {
		drop(t, s.db, s.opts.Prefix)
		for _, step := range steps[:i] {
			exec(t, s.db, step)
		}
		must(t, s.Migrate(t.Context()))
		works(t, s)
		if got := describe(t, s); i > 0 && got != whole {
			t.Errorf("after %d steps it leaves\n%s\nwant\n%s", i, got, whole)
		} else {
			whole = got
		}
	}
	for i := 1; i < len(procedureNames); i++ { // the version is written: what is left are procedures
		withoutProcedures(t, s)
		for _, step := range s.makeProcedures()[:2*i] {
			exec(t, s.db, step)
		}
		must(t, s.Migrate(t.Context()))
		if got := describe(t, s); got != whole {
			t.Errorf("after %d procedures it leaves\n%s\nwant\n%s", i, got, whole)
		}
	}
}

// describe returns what the server says about the tables and procedures, without their names.
func describe(t *testing.T, s *Store) string {
	t.Helper()
	var all []string
	show := func(what, name string) {
		rows, err := s.db.QueryContext(t.Context(), "SHOW CREATE "+what+" "+s.sql.names.Replace(name))
		must(t, err)
		defer rows.Close()
		columns, err := rows.Columns()
		must(t, err)
		for rows.Next() {
			values, dest := make([]sql.NullString, len(columns)), []any{}
			for i := range values {
				dest = append(dest, &values[i])
			}
			must(t, rows.Scan(dest...))
			for _, v := range values {
				all = append(all, v.String)
			}
		}
		must(t, rows.Err())
	}
	for _, name := range tables {
		show("TABLE", "{"+name+"}")
	}
	for _, name := range procedureNames {
		show("PROCEDURE", "{"+strings.TrimSuffix(name, "_v1")+"}")
	}
	text := strings.ReplaceAll(strings.Join(all, "\n"), s.opts.Prefix, "")
	return regexp.MustCompile(`CHARSET=\w+|DEFINER=\S+`).ReplaceAllString(text, "")
}

// TestMigration has the server's own shell run the script: that leaves what Migrate leaves.
func TestMigration(t *testing.T) {
	s := over(t, connect(t), &Options{Prefix: freshPrefix(t)})
	run := func() {
		t.Helper()
		script, err := s.Migration(t.Context())
		if err != nil || script == "" {
			t.Fatalf("script %q, error %v", script, err)
		}
		c := config(serverURL)
		host, port, _ := strings.Cut(c.Addr, ":")
		cmd := osexec.CommandContext(t.Context(), "mariadb", "--no-defaults", "--protocol=tcp", "--host="+host, "--port="+port,
			"--user="+c.User, c.DBName)
		cmd.Env = append(cmd.Environ(), "MYSQL_PWD="+c.Passwd)
		cmd.Stdin = strings.NewReader(script)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		works(t, s)
		if script, err := s.Migration(t.Context()); script != "" || err != nil {
			t.Errorf("there is left to do: %q, error %v", script, err)
		}
	}
	run()
	other := newStore(t)
	if got, want := describe(t, s), describe(t, other); got != want {
		t.Errorf("the script leaves\n%s\nand Migrate\n%s", got, want)
	}
	if got, want := ask[int](t, s.db, s.sql.names.Replace("SELECT COUNT(*) FROM {turn}")), buckets; got != want {
		t.Errorf("%d rows of turns, want %d", got, want)
	}
	withoutProcedures(t, s)
	if script, err := s.Migration(t.Context()); err != nil || strings.Contains(script, "CREATE TABLE") {
		t.Errorf("the script for procedures alone is\n%s\nerror %v", script, err)
	}
	run()
	if has, err := s.HasProcedures(t.Context()); !has || err != nil {
		t.Errorf("it has procedures: %t, error %v", has, err)
	}
}

func TestNotMigrated(t *testing.T) {
	s := over(t, connect(t), &Options{Prefix: freshName()})
	for name, call := range storetest.Methods(s, storetest.NewKey(), time.Now()) {
		err := call(t.Context())
		if !errors.Is(err, driver.ErrUnavailable) || !errors.Is(err, driver.ErrLayout) || !strings.Contains(err.Error(), "Migrate") {
			t.Errorf("%s: error %v, want %v that names Migrate", name, err, driver.ErrUnavailable)
		}
	}
}

// TestNewerVersion has tables that a later release of the package has migrated.
func TestNewerVersion(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	exec(t, s.db, s.sql.names.Replace("UPDATE {version} SET version = version + 1"))
	_, err := s.Migration(t.Context())
	for _, err := range []error{s.Migrate(t.Context()), err} {
		if !errors.Is(err, driver.ErrUnavailable) || !errors.Is(err, driver.ErrLayout) {
			t.Errorf("error %v, want %v and %v", err, driver.ErrUnavailable, driver.ErrLayout)
		}
	}
	storetest.WritesLayout(t, "doc.go", layoutVersion)
	if n := ask[int](t, s.db, s.sql.names.Replace("SELECT version FROM {version}")); n != layoutVersion+1 {
		t.Errorf("it is version %d now", n)
	}
	counts(t, s, k, now, 1) // what Migrate could not use, it left alone
}

// TestOtherLayout has what another version leaves: other procedures, and a column of another name.
func TestOtherLayout(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	withoutProcedures(t, s)
	exec(t, s.db, s.sql.names.Replace("ALTER TABLE {session} CHANGE lifetime lives BIGINT NOT NULL"))
	state := func() string {
		return ask[string](t, s.db, s.sql.names.Replace("SELECT CONCAT(HEX(ops), last_used, expires) FROM {session}"))
	}
	before := state()
	for name, call := range storetest.Methods(s, k, now) {
		if strings.HasPrefix(name, "Delete") || name == "Sweep" { // an end is an end
			continue
		}
		if err := call(t.Context()); !errors.Is(err, driver.ErrLayout) || !errors.Is(err, driver.ErrUnavailable) {
			t.Errorf("%s: error %v, want %v", name, err, driver.ErrLayout)
		}
	}
	if after := state(); after != before {
		t.Errorf("it was changed from %s to %s", before, after)
	}
}

// TestForeignTables has tables or procedures of another program where those of the store should be.
func TestForeignTables(t *testing.T) {
	for _, statement := range []string{
		"CREATE TABLE {session} (id INT, data TEXT)", "CREATE TABLE {field} (id INT)", "CREATE TABLE {turn} (id INT)",
		"CREATE PROCEDURE {change}() SELECT 1", "CREATE PROCEDURE {CHANGE}() SELECT 1",
	} {
		s := over(t, connect(t), &Options{Prefix: freshPrefix(t)})
		upper := strings.NewReplacer("{CHANGE}", strings.ToUpper(s.sql.names.Replace("{change}"))) // no other name for a server
		exec(t, s.db, upper.Replace(s.sql.names.Replace(statement)))
		_, err := s.Migration(t.Context())
		for _, err := range []error{err, s.Migrate(t.Context())} {
			if !errors.Is(err, driver.ErrLayout) || !strings.Contains(err.Error(), "Prefix") {
				t.Errorf("after %s: error %v, want %v", statement, err, driver.ErrLayout)
			}
		}
		n := ask[int](t, s.db, "SELECT COUNT(*) FROM information_schema.tables WHERE table_name LIKE '"+s.opts.Prefix+"%'")
		if n > 1 {
			t.Errorf("after %s: there are %d tables", statement, n)
		}
		k, r := storetest.NewRecord(t, "ann", `{"n":1}`)
		for name, call := range storetest.Methods(s, k, r.Created) {
			if err := call(t.Context()); !errors.Is(err, driver.ErrUnavailable) && !errors.Is(err, driver.ErrCorrupt) {
				t.Errorf("after %s: %s: error %v, want %v", statement, name, err, driver.ErrUnavailable)
			}
		}
	}
}

// TestOtherCase has a prefix that differs only in case from that of other tables, where a server knows them apart: nothing is made.
func TestOtherCase(t *testing.T) {
	first := newStore(t)
	if ask[int](t, first.db, "SELECT @@lower_case_table_names") != 0 {
		works(t, migrated(t, first.db, strings.ToUpper(first.opts.Prefix))) // they are the same tables
		return
	}
	s := over(t, first.db, &Options{Prefix: strings.ToUpper(first.opts.Prefix)})
	_, err := s.Migration(t.Context())
	for _, err := range []error{err, s.Migrate(t.Context())} {
		if !errors.Is(err, driver.ErrLayout) || !strings.Contains(err.Error(), "differs only in case") {
			t.Errorf("error %v, want %v", err, driver.ErrLayout)
		}
	}
	if n := ask[int](t, s.db, "SELECT COUNT(*) FROM information_schema.tables WHERE BINARY table_name LIKE '"+s.opts.Prefix+"%'"); n > 0 {
		t.Errorf("%d tables are left", n)
	}
	must(t, first.Migrate(t.Context()))
	works(t, first)
}

func TestMigrateCancelled(t *testing.T) {
	s := over(t, connect(t), &Options{Prefix: freshPrefix(t)})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Migrate(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	must(t, s.Migrate(t.Context()))
}
