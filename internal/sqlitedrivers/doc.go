// Package sqlitedrivers tests sqlitestore/sqlitedb over the drivers that applications open SQLite databases with, which sqlitestore itself
// must not require: modernc.org/sqlite and ncruces' and, with the build tag mattn, which takes a C compiler, mattn/go-sqlite3 in the place
// of the latter, since both are registered by the name "sqlite3".
package sqlitedrivers
