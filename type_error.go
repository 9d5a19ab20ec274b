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

// TypeError is the error of a read whose value does not fit the type asked for. It matches [ErrType]. Its text never holds the value. The
// log gets each path once, at level Error. Usually the program has changed a type, and sessions still hold the old one: [Key.Lenient] may
// help.
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

// readable returns an error if the place is none, or if no stored value can ever be of its type.
func (p place) readable(op string) error {
	if p.err != nil {
		return &driver.OpError{Op: op, Path: p.path, Err: p.err}
	}
	if p.typ != nil {
		if why := govalue.Unreadable(p.typ); why != nil {
			err := fmt.Errorf("%w: nothing stored fits type %s: %s", ErrType, why.Type, why.Why)
			return p.fail(op, &TypeError{Path: string(p.path), Type: p.typ, err: err})
		}
	}
	return nil
}

func (p place) fail(op string, err *TypeError) error {
	return &driver.OpError{Op: op, Path: p.path, Err: err}
}

// decode sets what into points to to a stored value, and returns whether that fits.
func (p place) decode(ctx context.Context, m *Manager, op string, v driver.Value, into any) (bool, error) {
	err := govalue.Decode(v, into)
	if err == nil {
		return true, nil
	}
	typeErr := &TypeError{Path: string(p.path), Stored: v.Kind(), Type: p.typ, Value: v, err: err}
	if at, ok := err.(*govalue.MismatchError); ok { //nolint:errorlint // an unmarshaler's error may wrap another one
		typeErr.Field, typeErr.Stored, typeErr.Type = at.Field, at.Stored, at.Type
	}
	m.reportUnreadable(ctx, typeErr)
	if p.lenient {
		return false, nil
	}
	return false, p.fail(op, typeErr)
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
		m.log().ErrorContext(ctx, "session value does not fit its type",
			"path", err.Path, "field", err.Field, "stored", err.Stored.String(), "type", err.Type.String())
	}
}
