package sqlitedb

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"strings"

	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

// conn is a [tables.Conn] over a connection of the pool.
type conn struct {
	*sql.Conn
	ctx    context.Context // of its statements
	result sql.Result      // of the latest statement that was run
}

// failure is an error of database/sql or of the driver: everything else is an answer.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

func failed(err error) error {
	if err == nil {
		return nil
	}
	return failure{err}
}

// Run implements [tables.Conn].
func (c *conn) Run(sql string, args ...any) (err error) {
	c.result, err = c.ExecContext(c.ctx, sql, args...)
	return failed(err)
}

// Changes implements [tables.Conn].
func (c *conn) Changes() int64 {
	n, _ := c.result.RowsAffected() // no driver fails here
	return n
}

// LastInsertRowID implements [tables.Conn].
func (c *conn) LastInsertRowID() int64 {
	n, _ := c.result.LastInsertId() // likewise
	return n
}

// Query implements [tables.Conn].
func (c *conn) Query(sql string, args ...any) (tables.Rows, error) {
	rows, err := c.QueryContext(c.ctx, sql, args...)
	if err != nil {
		return nil, failed(err)
	}
	names, err := rows.Columns()
	if err != nil {
		return nil, failed(errors.Join(err, rows.Close()))
	}
	r := &result{rows: rows, values: make([]any, len(names)), places: make([]any, len(names))}
	for i := range names {
		r.places[i] = &r.values[i]
	}
	return r, nil
}

// result is a [tables.Rows].
type result struct {
	rows           *sql.Rows
	values, places []any
	err            error
}

// Next implements [tables.Rows].
func (r *result) Next() bool {
	if !r.rows.Next() {
		return false
	}
	r.err = r.rows.Scan(r.places...)
	return r.err == nil
}

// Close implements [tables.Rows].
func (r *result) Close() error {
	err := r.err
	if err == nil {
		err = r.rows.Err()
	}
	if closeErr := r.rows.Close(); err == nil {
		err = closeErr
	}
	return failed(err)
}

// IsNull implements [tables.Row].
func (r *result) IsNull(column int) bool { return r.values[column] == nil }

// Int64 implements [tables.Row].
func (r *result) Int64(column int) int64 {
	n, _ := r.values[column].(int64) // of another kind: damaged, and 0 is what SQLite would make of it
	return n
}

// Text implements [tables.Row].
func (r *result) Text(column int) string {
	switch v := r.values[column].(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

// Bytes implements [tables.Row].
func (r *result) Bytes(column int) []byte {
	switch v := r.values[column].(type) {
	case string:
		return []byte(v)
	case []byte:
		return v
	}
	return nil
}

// rollback ends the transaction, and reports whether it was open still. If nobody can tell, the connection is not used again.
func (c *conn) rollback() (wasOpen bool) {
	err := c.Run("ROLLBACK")
	if err != nil && !strings.Contains(err.Error(), "no transaction is active") {
		_ = c.Raw(func(any) error { return sqldriver.ErrBadConn })
	}
	return err == nil
}
