// Package sqlitedb keeps sessions in a SQLite database that the application has opened itself, in tables beside its own: with one of the
// drivers modernc.org/sqlite, github.com/ncruces/go-sqlite3/driver or github.com/mattn/go-sqlite3. It links no SQLite of its own. Where a
// file for the sessions alone will do, package sqlitestore is faster: it loads three to five times as fast, since nothing is parsed anew
// and no call goes through database/sql, and with synchronous=full sixteen clients get eight to ten times as many changes done, since
// these share a sync. One client's changes take about as long. See docs/sqlite.md.
//
// # What survives
//
// What an acknowledged change survives is what the application has set for its connections: this package sets no PRAGMA, and changes
// none. With a write-ahead log (journal_mode=wal) and synchronous=full, or without one by default, it survives a crash of the program and
// of the machine and a power failure; with a write-ahead log and synchronous=normal the crash of the program, while a power failure may
// take the latest changes back; with synchronous=off it may damage the database. What was deleted is overwritten if secure_delete is on.
//
// # Transactions
//
// A change is one transaction (BEGIN IMMEDIATE) on one connection of the pool, and a load is one consistent state. The changes of one
// store take turns. They share SQLite's one lock for writing with the application: a transaction of its own that has written keeps
// sessions from being changed until it ends, and is best short. Inside such a transaction the same goroutine must not call the store: it
// would wait for itself, until [Options.Timeout] is over. That also holds for any transaction and open rows where the pool has but one
// connection.
//
// A call ends with its context while it waits. Once the transaction has begun its outcome is awaited, whatever becomes of the context.
// What takes long to work out is worked out before the transaction. A connection never goes back to the pool with an open transaction.
//
// Each connection to ":memory:" has a database of its own, so that some of the pool's have the tables and others not: name one that
// connections share ("file:/name?vfs=memdb" with ncruces' driver, "file:name?mode=memory&cache=shared" with the others), or call
// SetMaxOpenConns(1). Either is gone with its last connection.
//
// # Answers
//
// The errors are those of package driver. ErrUnavailable: the lock, or all connections of the pool, were held by others for longer than
// [Options.Timeout], the database cannot be opened, read or written, or it is closed; together with ErrLayout: [Store.Migrate] has not
// been called, or a newer program has. ErrFull: no room on the disk, or max_page_count reached. ErrCorrupt: the file is damaged, or a
// table holds what this package did not write. ErrUnknownOutcome: the disk failed while the transaction was committed, and a crash might
// or might not preserve the change; or it took longer to commit than [Options.Timeout] and a second, and the driver does not say whether it was done.
//
// It writes layout version 1, which docs/sqlite.md describes.
package sqlitedb
