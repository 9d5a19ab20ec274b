package sqlitestore

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"path/filepath"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// conn is a connection with the statements that were prepared on it. It is for one goroutine at a time.
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

// rows runs a statement and iterates over the rows of its result. Columns are valid until the next step. The
// statement ends with the loop. The same statement must not be run again within it.
func (c *conn) rows(sql string, args ...any) iter.Seq2[*sqlite3.Stmt, error] {
	return func(yield func(*sqlite3.Stmt, error) bool) {
		s, err := c.bind(sql, args)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = s.Reset() }() // repeats the error of the last step
		for s.Step() {
			if !yield(s, nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// exec runs a statement that returns no rows.
func (c *conn) exec(sql string, args ...any) error {
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
