package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/ncruces/go-sqlite3"
)

// The shapes that the errors of drivers have; internal/sqlitedrivers has the drivers themselves.
type (
	methodError struct{ code int }                     // modernc's, by a pointer
	fieldsError struct{ Code, ExtendedCode shortCode } // mattn's, by value
	shortCode   int                                    // likewise
	otherError  struct{ err error }                    // somebody else's
)

func (*methodError) Error() string { return "method" }
func (e *methodError) Code() int   { return e.code }
func (fieldsError) Error() string  { return "fields" }
func (otherError) Error() string   { return "other" }
func (otherError) Code(int) string { return "" }
func (e otherError) Unwrap() error { return e.err }

func TestResultCode(t *testing.T) {
	c, err := sqlite3.Open(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Exec("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		err  error
		want int
		ok   bool
	}{
		{nil, 0, false},
		{context.Canceled, 0, false},
		{syscall.ENOSPC, 0, false},
		{&os.PathError{Op: "open", Path: filepath.Base("x"), Err: syscall.ENOSPC}, 0, false},
		{c.Exec("INSERT INTO t VALUES (1)"), 2067, true},
		{c.Exec("SELECT * FROM gone"), 1, true},
		{sqlite3.BUSY, 5, true},
		{sqlite3.BUSY_SNAPSHOT, 517, true},
		{&methodError{778}, 778, true},
		{fieldsError{10, 778}, 778, true},
		{&fieldsError{10, 778}, 778, true},
		{fieldsError{Code: 5}, 5, true},
		{otherError{nil}, 0, false},
		{otherError{&methodError{5}}, 5, true},
		{fmt.Errorf("wrapped: %w", errors.Join(context.Canceled, failure{fieldsError{6, 262}})), 262, true},
	} {
		if code, ok := resultCode(tt.err); code != tt.want || ok != tt.ok {
			t.Errorf("%v: code %d, %t; want %d, %t", tt.err, code, ok, tt.want, tt.ok)
		}
	}
}
