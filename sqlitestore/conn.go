package sqlitestore

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

// conn is a [tables.Conn] with the statements that were prepared on it.
type conn struct {
	*sqlite3.Conn
	prepared map[string]*sqlite3.Stmt
}

// openConn opens the database file at the absolute path and creates it if it does not exist, but reads nothing yet.
func openConn(ctx context.Context, path string, busyTimeout time.Duration) (*conn, error) {
	uri := "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?vfs=" + vfsName
	db, err := sqlite3.OpenContext(ctx, uri)
	if err != nil {
		return nil, err
	}
	c := &conn{db, make(map[string]*sqlite3.Stmt)}
	if err := c.BusyTimeout(busyTimeout); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// close closes the connection, which must not be busy.
func (c *conn) close() error {
	for _, s := range c.prepared {
		_ = s.Close() // repeats the error of the last step
	}
	return c.Close()
}

// rows are a [tables.Rows].
type rows struct{ *sqlite3.Stmt }

func (r rows) IsNull(column int) bool  { return r.ColumnType(column) == sqlite3.NULL }
func (r rows) Int64(column int) int64  { return r.ColumnInt64(column) }
func (r rows) Text(column int) string  { return r.ColumnText(column) }
func (r rows) Bytes(column int) []byte { return r.ColumnRawBlob(column) }
func (r rows) Next() bool              { return r.Step() }

func (r rows) Close() error {
	err := r.Err()
	_ = r.Reset() // repeats the error of the last step
	return err
}

// Query implements [tables.Conn].
func (c *conn) Query(sql string, args ...any) (tables.Rows, error) {
	s, err := c.bind(sql, args)
	if err != nil {
		return nil, err
	}
	return rows{s}, nil
}

// Run implements [tables.Conn].
func (c *conn) Run(sql string, args ...any) error {
	s, err := c.bind(sql, args)
	if err != nil {
		return err
	}
	return s.Exec()
}

// bind prepares the statement, once for the life of the connection, and binds its arguments.
func (c *conn) bind(sql string, args []any) (*sqlite3.Stmt, error) {
	s := c.prepared[sql]
	if s == nil {
		var err error
		if s, _, err = c.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT); err != nil {
			return nil, err
		}
		c.prepared[sql] = s
	}
	for i, arg := range args {
		var err error
		switch v := arg.(type) {
		case nil:
			err = s.BindNull(i + 1)
		case int:
			err = s.BindInt(i+1, v)
		case int64:
			err = s.BindInt64(i+1, v)
		case string:
			err = s.BindText(i+1, v)
		case []byte:
			err = s.BindBlob(i+1, v)
		default:
			err = sqlite3.MISMATCH
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}
