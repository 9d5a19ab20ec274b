package mysqlstore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/atomicsession/atomicsession/driver/retry"
)

// layoutVersion belongs to the procedures, too: whoever changes what change_v1 or create_v1 mean names the new ones otherwise, drops these,
// and gives a column that every statement names another name, so that programs of both versions fail rather than misunderstand.
const layoutVersion = 1

// comment is that of all tables and procedures, by which Migrate knows them.
const comment = "atomicsession"

// settings are what a session has for the rest: a procedure keeps those that it was made with.
const settings = "SET SESSION sql_mode = 'STRICT_ALL_TABLES', SESSION character_set_client = utf8mb4, SESSION collation_connection = utf8mb4_bin"

// Migrate brings the tables and procedures to the version of this package; it makes them if there are none. It may be called at every
// start, by any number of processes at once, and finishes what one has begun that was killed. Where there is nothing to do it only reads,
// and needs no more privileges than the other methods; else the user must be allowed to create tables in the database.
//
// If the user may not make procedures, Migrate makes none and returns nil: all works, with more round trips
// ([Store.HasProcedures]).
//
// Tables of a newer version are an error ([driver.ErrLayout]), and so are those of the same names that this package has not made. They are
// left as they are.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.repeat(ctx, func() error {
		todo, err := s.todo(ctx)
		if err != nil || todo == nothing {
			return err
		}
		return s.with(ctx, func(c *conn) error {
			c.open = true
			c.spoiled = true // by its settings and its lock
			return s.migrate(ctx, c)
		})
	})
}

// Migration returns what Migrate would run now, as a script for the server's own shell (mariadb, mysql), where the database is that of the
// connection unless Options name one; "" if there is nothing to do. Run by somebody who may, it leaves what Migrate leaves.
func (s *Store) Migration(ctx context.Context) (script string, err error) {
	if err := s.ready(ctx); err != nil {
		return "", err
	}
	todo, err := s.todo(ctx)
	if err == nil && todo != nothing {
		err = s.repeat(ctx, func() error {
			return s.with(ctx, func(c *conn) error {
				c.open = true // as far as autocommit is off
				return s.checkForeign(ctx, c)
			})
		})
	}
	if err != nil || todo == nothing {
		return "", err
	}
	var text strings.Builder
	text.WriteString(settings + ";\n")
	if todo == everything {
		text.WriteString(strings.Join(append(s.makeTables(), s.fillTurns()), ";\n") + ";\n")
	}
	text.WriteString("DELIMITER //\n")
	for _, statement := range s.makeProcedures() {
		text.WriteString(statement + " //\n")
	}
	text.WriteString("DELIMITER ;\n")
	if todo == everything {
		text.WriteString(s.writeVersion() + ";\nCOMMIT;\n")
	}
	return text.String(), nil
}

// work is how much there is to do for Migrate.
type work int

const (
	nothing work = iota
	onlyProcedures
	everything
)

func (s *Store) todo(ctx context.Context) (work, error) {
	version := 0
	err := s.readAll(ctx, s.readVersion(), func() { version = 0 }, func(rows *sql.Rows) (isCurrent bool, err error) {
		return isCurrent, rows.Scan(&isCurrent, &version)
	})
	if isNumber(err, numberNoTable) || err == nil && version == 0 { // not even begun, or not finished
		return everything, nil
	} else if err != nil {
		return 0, err
	}
	if err := checkVersion(version); err != nil {
		return 0, err
	}
	has, err := s.HasProcedures(ctx)
	if err != nil || has {
		return nothing, err
	}
	return onlyProcedures, nil
}

func checkVersion(version int) error {
	if version > layoutVersion {
		return fmt.Errorf("%w: the tables have version %d, this package knows %d: it is too old", errLayout, version, layoutVersion)
	}
	return nil
}

// migrate does what is left to do once no other process does. What the server does cannot be taken back, so each step may be repeated, and
// the version comes last.
func (s *Store) migrate(ctx context.Context, c *conn) error {
	if err := c.exec(ctx, settings); err != nil {
		return err
	}
	if err := s.lockMigration(ctx, c); err != nil {
		return err
	}
	if err := s.checkForeign(ctx, c); err != nil {
		return err
	}
	version := 0
	err := c.each(ctx, s.readVersion(), func(rows *sql.Rows) error { return rows.Scan(new(bool), &version) })
	if isNumber(err, numberNoTable) {
		err = nil
	}
	if err = cmp.Or(err, checkVersion(version)); err != nil {
		return err
	}
	if version == 0 {
		for _, statement := range append(s.makeTables(), s.fillTurns()) {
			if err := c.exec(ctx, statement); err != nil {
				return err
			}
		}
	}
	for _, statement := range s.makeProcedures() {
		err := c.exec(ctx, statement)
		if isNumber(err, numberNoExecute, numberNoDatabaseRight, numberNoRight, numberNoSuper) {
			break // without procedures
		} else if err != nil {
			return err
		}
	}
	s.procedures.missed.Store(0)
	if version == layoutVersion {
		return nil
	}
	if err := c.exec(ctx, s.writeVersion()); err != nil {
		return err
	}
	return c.exec(ctx, "COMMIT")
}

// lockMigration waits until no other process migrates these tables. The connection's end lets the next one go on.
func (s *Store) lockMigration(ctx context.Context, c *conn) error {
	var database []byte
	if err := c.each(ctx, "SELECT "+string(s.database()), func(rows *sql.Rows) error { return rows.Scan(&database) }); err != nil {
		return err
	}
	sum := sha256.Sum256(append(append(database, 0), strings.ToLower(s.opts.Prefix)...))
	name := comment + " " + hex.EncodeToString(sum[:16])
	var locked sql.NullBool
	err := c.each(ctx, fmt.Sprintf("SELECT GET_LOCK('%s', %d)", name, int(s.opts.Timeout.Seconds())+1), func(rows *sql.Rows) error {
		return rows.Scan(&locked)
	})
	if err == nil && !locked.Bool {
		err = retry.Refused(errors.New("another program is migrating the tables"))
	}
	return err
}

// database returns the expression for the name of the database.
func (s *Store) database() code {
	if s.opts.Database != "" {
		return list([]string{s.opts.Database})
	}
	return "DATABASE()"
}

// checkForeign returns an error if there are tables or procedures of these names that this package has not made, or has made for a Prefix
// that the server cannot tell from this one everywhere.
func (s *Store) checkForeign(ctx context.Context, c *conn) error {
	var exact, names []string
	for _, name := range append(slices.Clone(tables), procedureNames...) {
		name = s.opts.Prefix + name
		exact, names = append(exact, name), append(names, name, strings.ToLower(name)) // as some servers keep tables, and compare procedures
	}
	query := newQuery("SELECT COUNT(*), COALESCE(SUM(other_case), 0) FROM (SELECT 0 AS other_case FROM information_schema.tables " +
		"WHERE table_schema = ? AND table_name IN (?) AND table_comment <> ? UNION ALL SELECT 0 FROM information_schema.routines " +
		"WHERE routine_schema = ? AND LOWER(routine_name) IN (?) AND routine_comment <> ? UNION ALL " +
		// Constraints and procedures have no case, where tables have.
		"SELECT 1 FROM information_schema.tables WHERE @@lower_case_table_names = 0 AND table_schema = ? AND LOWER(table_name) IN (?) " +
		"AND CAST(table_name AS BINARY) NOT IN (?)) f")
	foreign, otherCase := 0, 0
	text := query.with(s.database(), list(names), comment, s.database(), list(names), comment, s.database(), list(names), list(exact))
	err := c.each(ctx, text, func(rows *sql.Rows) error { return rows.Scan(&foreign, &otherCase) })
	switch {
	case err == nil && otherCase > 0:
		err = fmt.Errorf("%w: Prefix differs only in case from that of other tables: choose another Prefix", errLayout)
	case err == nil && foreign > 0:
		err = fmt.Errorf("%w: there are tables or procedures of the same names that this package has not made: choose another Prefix", errLayout)
	}
	return err
}

func (s *Store) readVersion() string {
	return s.sql.names.Replace("SELECT " + current + ", version FROM {version} WHERE one = 1")
}

func (s *Store) writeVersion() string {
	return s.sql.names.Replace(fmt.Sprintf("INSERT INTO {version} (one, version) VALUES (1, %d)", layoutVersion))
}

// fillTurns returns the statement that makes the rows of the table of turns.
func (s *Store) fillTurns() string {
	rows := make([]string, buckets)
	for i := range rows {
		rows[i] = fmt.Sprintf("(%d, 0)", i)
	}
	return s.sql.names.Replace("INSERT IGNORE INTO {turn} (bucket, taken) VALUES ") + strings.Join(rows, ", ")
}

// makeTables returns the statements that make the tables.
func (s *Store) makeTables() []string {
	return strings.Split(strings.TrimSuffix(s.names("tables"), ";"), ";\n")
}

// makeProcedures returns the statements that install the server's procedures. HasProcedures asks for the last one.
func (s *Store) makeProcedures() (all []string) {
	for _, name := range procedureNames {
		name = strings.TrimSuffix(name, "_v1")
		all = append(all, s.sql.names.Replace("DROP PROCEDURE IF EXISTS {"+name+"}"), s.names(name))
	}
	return all
}

// remark is a comment in a file. The server's shell leaves comments out, so Migrate does, too.
var remark = regexp.MustCompile(`(?m)^-- .*\n|[ ]*-- .*$`)

// names returns a file of the folder sql with the names of tables and procedures in their places, without comments.
func (s *Store) names(file string) string {
	read := func(file string) string {
		text, err := files.ReadFile("sql/" + file + ".sql")
		if err != nil {
			panic(err) // the files are in the binary
		}
		return strings.TrimSpace(remark.ReplaceAllString(string(text), ""))
	}
	var parts []string
	for _, part := range []string{"used", "remember", "fresh", "refuse", "meta"} {
		parts = append(parts, "{"+part+"}", read(part))
	}
	return s.sql.names.Replace(strings.NewReplacer(parts...).Replace(read(file)))
}

var (
	tables         = []string{"session", "field", "turn", "version"}
	procedureNames = []string{"create_v1", "quick_v1", "change_v1"}
)
