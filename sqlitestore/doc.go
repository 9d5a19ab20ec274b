// Package sqlitestore keeps sessions in a SQLite database file: durable, without a server and without cgo. It is meant
// for one machine; any number of processes on it may share the file.
//
// # What survives
//
// An acknowledged change survives a crash of the program, of the machine, and a power failure, as far as the disk keeps
// what it has confirmed: every transaction is synced (a write-ahead log with synchronous=FULL). Changes that are
// requested at the same time share a transaction and its sync, so the store gets faster the more is going on.
//
// # Answers
//
// The errors are those of package driver. ErrUnavailable: the lock was held by others for longer than
// [Options.BusyTimeout], the disk failed, or the store is closed. ErrFull: no room on the disk, or [Options.MaxBytes]
// reached. ErrCorrupt: the file is damaged, or holds what this package did not write; it is left as it is.
// ErrUnknownOutcome: the disk failed while the log was synced, and a crash might or might not preserve the change. A
// change is one transaction; a load is one consistent state.
//
// A change whose context ends while it waits for its turn is withdrawn. Once it is being made its outcome is awaited, whatever becomes
// of the context: that takes as long as the disk takes to sync. Only the evaluation of a long array is given up when the context ends.
//
// # The file
//
// It is created readable by its owner alone, as are the two files beside it while it is in use (their names end in -wal
// and -shm; what was acknowledged may be in the former, so they belong together). All who use it must be on the machine
// that holds it: a network file system will not do. The layout can be read with the sqlite3 shell, and is described in
// docs/sqlite.md.
//
// It writes layout version 4, which the file says; [Open] brings files of versions 1 to 3 to it, and refuses others ([driver.ErrLayout]).
package sqlitestore
