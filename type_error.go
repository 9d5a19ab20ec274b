package atomicsession

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/govalue"
)

// TypeError is the error of a read whose value does not fit the type asked for. It matches [ErrType]. Its text never holds the
// value. The log gets each path once, at level Error: somebody has changed a type that sessions still hold, and
// [Key.Lenient] may be the remedy.
type TypeError struct {
	Path   string       // where the value is, or was, in the session
	Field  string       // the part that does not fit, as a path from there; "" for the value itself
	Stored driver.Kind  // what that part is; [driver.Missing] if nothing could ever fit Type
	Type   reflect.Type // what it was to be
	Value  driver.Value `json:"-"` // the whole value at Path. After a Take it is nowhere else. It does not print.

	err error
}

func (e *TypeError) Error() string { return e.err.Error() }

func (e *TypeError) Unwrap() error { return e.err }

// readable returns an error if no stored value can ever be a T.
func (k Key[T]) readable(op string) error {
	if why := govalue.Unreadable[T](); why != nil {
		err := fmt.Errorf("%w: nothing stored fits type %s: %s", ErrType, why.Type, why.Why)
		return k.fail(op, &TypeError{Path: k.path, Type: reflect.TypeFor[T](), err: err})
	}
	return nil
}

func (k Key[T]) fail(op string, err *TypeError) error {
	return &Error{op, &driver.OpError{Op: op, Path: driver.Path(k.path), Err: err}}
}

// decode returns a stored value as a T.
func (k Key[T]) decode(ctx context.Context, s *Session, op string, v driver.Value) (T, bool, error) {
	t, err := govalue.Decode[T](v)
	if err == nil {
		return t, true, nil
	}
	typeErr := &TypeError{Path: k.path, Stored: v.Kind(), Type: reflect.TypeFor[T](), Value: v, err: err}
	if m, ok := err.(*govalue.MismatchError); ok { //nolint:errorlint // an unmarshaler's error may wrap another one
		typeErr.Field, typeErr.Stored, typeErr.Type = m.Field, m.Stored, m.Type
	}
	s.m.reportUnreadable(ctx, typeErr)
	if k.lenient {
		return t, false, nil
	}
	return t, false, k.fail(op, typeErr)
}

// maxUnreadable bounds what a manager remembers to have logged.
const maxUnreadable = 1000

// unreadable is the paths that the log has been told of.
type unreadable struct {
	paths sync.Map
	count atomic.Int64
}

// reportUnreadable tells the log, once of each path.
func (m *Manager) reportUnreadable(ctx context.Context, err *TypeError) {
	u := &m.unreadable
	if u.count.Load() >= maxUnreadable {
		return
	}
	if _, told := u.paths.LoadOrStore(err.Path, nil); !told {
		u.count.Add(1)
		m.opts.Logger.ErrorContext(ctx, "session value does not fit its type",
			"path", err.Path, "field", err.Field, "stored", err.Stored.String(), "type", err.Type.String())
	}
}
