// Package tables keeps sessions in the tables of a SQLite database, over any connection to it: what package sqlitestore, whose file and
// connections are its own, and package sqlitedb, whose are an application's, have in common. It links no SQLite.
package tables

import (
	"context"
	"iter"

	"github.com/atomicsession/atomicsession/driver/retry"
)

// Conn is a connection to the database. It is for one goroutine at a time.
type Conn interface {
	// Run runs a statement that returns no rows. An argument is nil, an int, an int64, a string or a []byte.
	Run(sql string, args ...any) error
	// Changes returns how many rows the latest statement that was run has changed, without what triggers did.
	Changes() int64
	// LastInsertRowID returns the number of the row that the latest statement that was run has inserted.
	LastInsertRowID() int64
	// Query begins a statement that returns rows.
	Query(sql string, args ...any) (Rows, error)
}

// Rows are the rows of a result. It is the row that Next has come to.
type Rows interface {
	Row
	// Next goes on to the next row, the first one to begin with. It returns false if there is none, or an error.
	Next() bool
	// Close ends the statement, and returns the error that Next has met.
	Close() error
}

// Row is a row of a result.
type Row interface {
	IsNull(column int) bool
	Int64(column int) int64
	Text(column int) string
	// Bytes returns a BLOB, or the bytes of a text. They are valid until the next row, and must not be changed.
	Bytes(column int) []byte
}

// All runs a statement and iterates over the rows of its result. The statement ends with the loop; the same one must not be run again
// within it.
func All(c Conn, sql string, args ...any) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		rows, err := c.Query(sql, args...)
		if err != nil {
			yield(nil, err)
			return
		}
		for rows.Next() {
			if !yield(rows, nil) {
				_ = rows.Close() // it has met no error
				return
			}
		}
		if err := rows.Close(); err != nil {
			yield(nil, err)
		}
	}
}

// Database is where the tables are. Whatever error f returns, Read and Write return, be it as an error of package driver.
type Database interface {
	// Read calls f. What a loop over rows reads, and what is read within it, is of one moment. f may be called again.
	Read(ctx context.Context, f func(Conn) error) error
	// Write calls f within a transaction, and returns when that is committed, or known not to be. f may be called again, in another one.
	// An error of f that does not come from the connection is an answer: f has written nothing then.
	Write(ctx context.Context, f func(Conn) error) error
}

// Store is a [driver.Store], [driver.Finder], [driver.FieldLoader] and [driver.Sweeper] over a database. It is safe for concurrent use.
type Store struct {
	database Database
	*statements
	turns retry.Turns
}

// New returns the store whose tables have names with this prefix.
func New(d Database, prefix string) *Store {
	return &Store{database: d, statements: newStatements(prefix)}
}

// conn is a connection, with the statements for the tables.
type conn struct {
	Conn
	*statements
}

func (s *Store) read(ctx context.Context, f func(conn) error) error {
	return s.database.Read(ctx, func(c Conn) error { return f(conn{c, s.statements}) })
}

func (s *Store) write(ctx context.Context, f func(conn) error) error {
	return s.database.Write(ctx, func(c Conn) error { return f(conn{c, s.statements}) })
}
