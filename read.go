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
	var errs []error
	at := make([]found, len(into))
	for i, in := range into {
		at[i].path = in.place.path
		errs = append(errs, in.place.readable("read"))
		if v := reflect.ValueOf(in.into); !v.IsValid() || v.IsNil() {
			errs = append(errs, &driver.OpError{Op: "read", Path: in.place.path, Err: errNowhere})
		}
	}
	if err := errors.Join(errs...); err != nil {
		return &Error{"read", err}
	}
	if err := s.read(ctx, "read", at); err != nil {
		return err
	}
	for i, in := range into {
		if v := at[i].value; v.Exists() {
			_, err := in.place.decode(ctx, s, "read", v, in.into)
			errs = append(errs, err)
		}
	}
	return wrapErr("read", errors.Join(errs...))
}
