package atomicsession

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/atomicsession/atomicsession/driver"
)

// Into is a place in the session, and the variable into which [Session.Read] is to put what is there. The method Into of a [Key], a [Map]
// or a [Path] makes it.
type Into struct {
	place place
	into  any // a pointer
}

var errNowhere = fmt.Errorf("%w: nowhere to read it into", ErrValue)

// Read puts what is at several places into variables, with one load of the session at most:
//
//	name, n := "stranger", int64(0)
//	err := s.Read(ctx, Name.Into(&name), Visits.Into(&n))
//
// What is absent, or does not fit, leaves its variable as it is, so that it may hold a default. The errors of all that do not fit are one:
// see [TypeError].
func (s *Session) Read(ctx context.Context, into ...Into) error {
	at, err := readable("read", into)
	if err != nil {
		return err
	}
	if err := s.read(ctx, "read", at); err != nil {
		return err
	}
	return s.m.fill(ctx, "read", into, at)
}

// readable returns the places of into, or what is wrong with them.
func readable(op string, into []Into) ([]found, error) {
	var errs []error
	at := make([]found, len(into))
	for i, in := range into {
		at[i].path = in.place.path
		errs = append(errs, in.place.readable(op))
		if v := reflect.ValueOf(in.into); !v.IsValid() || v.IsNil() {
			errs = append(errs, &driver.OpError{Op: op, Path: in.place.path, Err: errNowhere})
		}
	}
	return at, wrapErr(op, errors.Join(errs...))
}

// fill puts what was found into the variables.
func (m *Manager) fill(ctx context.Context, op string, into []Into, at []found) error {
	var errs []error
	for i, in := range into {
		if v := at[i].value; v.Exists() {
			_, err := in.place.decode(ctx, m, op, v, in.into)
			errs = append(errs, err)
		}
	}
	return wrapErr(op, errors.Join(errs...))
}
