package pgstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

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
// A schema of a newer version is an error ([driver.ErrLayout]), and left as it is.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	p := retry.For(s.timeout)
	return p.Repeat(ctx, func() error {
		return s.with(ctx, func(conn *pgxpool.Conn) error {
			current, version, err := s.version(ctx, conn.Conn())
			if err != nil || current {
				return err
			}
			err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return s.migrate(ctx, tx) })
			if version == schemaVersion && isDenied(err) { // without the functions of nested.sql some updates take more statements
				return nil
			}
			return err
		})
	})
}

// migrate does what is left to do once no other process does.
func (s *Store) migrate(ctx context.Context, tx pgx.Tx) error {
	var encoding string
	// What the statements after it name is what PostgreSQL has, and not what others have put before it.
	if _, err := tx.Exec(ctx, "SET LOCAL search_path = pg_catalog, pg_temp"); err != nil {
		return err
	}
	err := tx.QueryRow(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('atomicsession ' || $1::text, 0))::text, "+
		"current_setting('server_encoding')", s.schema).Scan(nil, &encoding)
	if err != nil {
		return err
	}
	if encoding != "UTF8" {
		return fmt.Errorf("%w: the encoding of the database is not UTF8", driver.ErrUnavailable)
	}
	current, version, err := s.version(ctx, tx)
	if err != nil || current {
		return err
	}
	var exists bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text)", s.schema).Scan(&exists); err != nil {
		return err
	}
	sql := ""
	if !exists { // "IF NOT EXISTS" asks for the privilege even where there is nothing to do
		sql = render(s.schema, "sql/migrations/schema.sql")
	}
	for v := version + 1; v <= schemaVersion; v++ {
		sql += render(s.schema, fmt.Sprintf("sql/migrations/%d.sql", v))
	}
	sql += functions(s.schema) + fmt.Sprintf("UPDATE %s.version SET version = %d", quoteIdentifier(s.schema), schemaVersion)
	_, err = tx.Conn().PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// querier is what a connection and a transaction have in common.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// version returns the version of the schema, 0 if there is none, and whether nothing is left to do.
func (s *Store) version(ctx context.Context, q querier) (current bool, version int, err error) {
	var exists, complete bool
	err = q.QueryRow(ctx, render(s.schema, "sql/statements/migrated.sql"), s.schema).Scan(&exists, &complete)
	if err != nil || !exists {
		return false, 0, err
	}
	err = q.QueryRow(ctx, "SELECT version FROM "+quoteIdentifier(s.schema)+".version").Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, 0, driver.Corrupt("the schema has no version")
	} else if err != nil {
		return false, 0, err
	}
	if version > schemaVersion {
		return false, 0, fmt.Errorf("%w: the schema has version %d, this package knows %d: it is too old", errLayout, version, schemaVersion)
	}
	return version == schemaVersion && complete, version, nil
}
