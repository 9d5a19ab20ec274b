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
	withMethod  struct{ code int }                     // modernc's, by a pointer
	withFields  struct{ Code, ExtendedCode shortCode } // mattn's, by value
	shortCode   int                                    // likewise
	otherMethod struct{ err error }                    // somebody else's
)

func (*withMethod) Error() string   { return "method" }
func (e *withMethod) Code() int     { return e.code }
func (withFields) Error() string    { return "fields" }
func (otherMethod) Error() string   { return "other" }
func (otherMethod) Code(int) string { return "" }
func (e otherMethod) Unwrap() error { return e.err }

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
		{&withMethod{778}, 778, true},
		{withFields{10, 778}, 778, true},
		{&withFields{10, 778}, 778, true},
		{withFields{Code: 5}, 5, true},
		{otherMethod{nil}, 0, false},
		{otherMethod{&withMethod{5}}, 5, true},
		{fmt.Errorf("wrapped: %w", errors.Join(context.Canceled, failure{withFields{6, 262}})), 262, true},
	} {
		if code, ok := resultCode(tt.err); code != tt.want || ok != tt.ok {
			t.Errorf("%v: code %d, %t; want %d, %t", tt.err, code, ok, tt.want, tt.ok)
		}
	}
}
