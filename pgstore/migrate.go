package pgstore

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// schemaVersion counts the files in sql/migrations. The functions belong to the version too: whoever changes what update_v6 or
// quick_v6 mean adds a file that drops them, and names the new ones otherwise, so that programs of both versions fail rather than misunderstand.
// Whoever has them understand more, as older programs need not know, gives nested_v6 another name: programs that send more call it,
// and migrated.sql looks for it.
const schemaVersion = 6

// Migrate brings the schema to the version of this package, in one transaction; it makes the schema if there is none. It may be
// called at every start, by any number of processes at once. Where there is nothing to do it only reads one row, and needs no more
// privileges than the other methods; else the role must own the schema, or be allowed to create one in the database.
//
// To a schema that an earlier release has made of the same version it adds the functions that have come since. Without them, and if the role
// may not add them, all works, with more statements for updates of lists.
//
// A schema of a newer version is an error ([driver.ErrLayout]), and so is one with tables or functions of the same names that this package
// has not made; what else it has does not matter. They are left as they are. [Store.Migration] returns what Migrate would run.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	p := retry.For(s.timeout)
	return p.Repeat(ctx, func() error {
		return s.with(ctx, func(c conn) error {
			script, version, err := s.migration(ctx, c)
			if err != nil || script == "" {
				return err
			}
			err = c.script(ctx, script)
			if version == schemaVersion && isDenied(err) { // without the functions of nested.sql some updates take more statements
				return nil
			}
			return err
		})
	})
}

// Migration returns the script that [Store.Migrate] would run now, "" if there is nothing to do; it changes nothing. It is for
// psql, with ON_ERROR_STOP set, or to anything else that sends several statements at once: as the role that is to own the schema,
// and that may do what Migrate needs. It leaves what Migrate leaves, all of it or nothing, and refuses a schema that has another
// version by then than it has now.
func (s *Store) Migration(ctx context.Context) (script string, err error) {
	if err := s.ready(ctx); err != nil {
		return "", err
	}
	p := retry.For(s.timeout)
	err = p.Read(ctx, func() error {
		return s.with(ctx, func(c conn) (err error) {
			script, _, err = s.migration(ctx, c)
			return err
		})
	})
	return script, err
}

// migration returns the script, and the version that the schema has, 0 if there is none.
func (s *Store) migration(ctx context.Context, c conn) (script string, version int, err error) {
	var migrated, complete, exists bool
	var encoding, foreign, used string
	_, err = c.query(ctx, render(s.schema, "sql/statements/migrated.sql"), []any{s.schema, ownNames()},
		[]any{&migrated, &complete, &exists, &encoding, &foreign, &used}, next)
	if err != nil {
		return "", 0, err
	}
	if !migrated {
		foreign = used
	}
	if foreign != "" {
		return "", 0, fmt.Errorf("%w: there are tables or functions of the same names that this package has not made (%q): choose another Schema",
			errLayout, foreign)
	}
	if migrated {
		n, err := c.query(ctx, "SELECT version FROM "+quoteIdentifier(s.schema)+".version", nil, []any{&version}, next)
		switch {
		case err != nil:
			return "", 0, err
		case n == 0:
			return "", 0, driver.Corrupt("the schema has no version")
		case version > schemaVersion:
			return "", 0, fmt.Errorf("%w: the tables have version %d, this package knows %d: it is too old", errLayout, version, schemaVersion)
		case version == schemaVersion && complete:
			return "", version, nil
		}
	}
	if encoding != "UTF8" {
		return "", 0, fmt.Errorf("%w: the encoding of the database is not UTF8", driver.ErrUnavailable)
	}
	return s.script(version, exists), version, nil
}

var made = regexp.MustCompile(`(?m)^CREATE (?:TABLE|INDEX|OR REPLACE FUNCTION) (?:"s"\.)?(\w+)`)

// ownNames returns those of the tables, indexes and functions that Migrate makes.
func ownNames() (list []string) {
	for _, match := range made.FindAllStringSubmatch((&Store{schema: "s"}).script(0, true), -1) {
		list = append(list, match[1])
	}
	return list
}

// script returns what leads from a version to that of this package.
func (s *Store) script(version int, exists bool) string {
	name := quoteLiteral(s.schema)
	otherwise := "EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = " + name +
		" AND c.relname = 'version')"
	if version > 0 {
		otherwise = fmt.Sprintf("(SELECT version FROM %s.version) IS DISTINCT FROM %d", quoteIdentifier(s.schema), version)
	}
	parts := []string{strings.NewReplacer("{name}", name, "{otherwise}", otherwise).Replace(render(s.schema, "sql/migrations/begin.sql"))}
	if !exists { // "IF NOT EXISTS" asks for the privilege even where there is nothing to do
		parts = append(parts, render(s.schema, "sql/migrations/schema.sql"))
	}
	for v := version + 1; v <= schemaVersion; v++ {
		parts = append(parts, render(s.schema, fmt.Sprintf("sql/migrations/%d.sql", v)))
	}
	parts = append(parts, functions(s.schema),
		fmt.Sprintf("UPDATE %s.version SET version = %d;\nCOMMIT;\n", quoteIdentifier(s.schema), schemaVersion))
	return strings.Join(parts, "")
}
