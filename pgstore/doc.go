// Package pgstore keeps sessions in PostgreSQL (14 or later): one row per session and one per top-level field. It works over a pool of pgx
// ([New]) or over the application's own database of database/sql ([NewDB]).
//
// Every common update is one statement and one round trip with no read before it, most of them a call of a function that [Store.Migrate]
// installs: guard, conditions, operations, expiry and operation ID are one step. Values are stored in the text form of package
// driver, which keeps what jsonb forgets: an integer is not a float, and a string may hold NUL.
//
// No statement leaves anything behind in its connection, so connections may lead through PgBouncer in transaction mode, with a
// [pgx.QueryExecMode] that does not either. Without a pooler every mode works.
//
// It writes layout version 6, which the schema says, and reads no other ([driver.ErrLayout]); [Store.Migrate] brings an older schema to
// it.
//
// docs/postgresql.md has the layout, the privileges that are needed, what is guaranteed when connections break and servers fail,
// and what is not.
package pgstore
