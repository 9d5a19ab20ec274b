// Package mysqlstore keeps sessions in MariaDB (10.6 or later) or MySQL (8.0 or later), on the application's own [database/sql.DB] with the
// driver github.com/go-sql-driver/mysql: one row per session and one per top-level field.
//
// Every common update is one CALL of a procedure that [Store.Migrate] installs, and one round trip: guard, conditions, operations, expiry
// and operation ID are one step. Where a role may neither make procedures nor call them, a short transaction does the same
// ([Store.HasProcedures]). Values are stored in the text form of package driver, as bytes: no collation and no JSON column changes them.
//
// A statement carries its arguments itself, as hexadecimal literals and numbers, and leaves nothing behind in its connection. So the
// settings of the data source name (parseTime, clientFoundRows, interpolateParams, charset, sql_mode, autocommit...) do not matter, nor
// does a proxy between.
//
// It writes layout version 1, which the table of versions says, and reads no other ([driver.ErrLayout]).
//
// docs/mysql.md has the layout, the privileges that are needed, what is guaranteed when connections break and servers fail,
// and what is not.
package mysqlstore
