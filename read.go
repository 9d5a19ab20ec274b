package atomicsession

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/atomicsession/atomicsession/driver"
)

// Into is a place in the session, and the variable into which [Session.Read] puts what is there. Make it with the method Into of a [Key],
// a [Map] or a [Path], or with [UserInto].
type Into struct {
	place place
	into  any  // a pointer
	user  bool // it is not a place, but whom the session is bound to
}

// UserInto makes [Session.Read] put the user that the session is bound to ([User]) where v points to. Without a user, v stays as it is.
func UserInto(v *string) Into { return Into{into: v, user: true} }

var errNowhere = fmt.Errorf("%w: nowhere to read it into", ErrValue)

// Read puts what is at several places into variables, with one load of the session at most:
//
//	name, n := "stranger", int64(0)
//	err := s.Read(ctx, Name.Into(&name), Visits.Into(&n))
//
// [UserInto] reads the user that the session is bound to. If a value is absent, or does not fit, its variable stays as it is: give it a
// default before. All values that do not fit make one error together: see [TypeError].
func (s *Session) Read(ctx context.Context, into ...Into) error {
	places, users := separate(into)
	at, err := readable("read", into)
	if err != nil {
		return err
	}
	var user string
	err = s.do(ctx, "read", func(ctx context.Context, store driver.Store) error {
		if err := s.readHere(ctx, store, "read", at); err != nil || len(users) == 0 {
			return err
		}
		meta, _, err := s.boundHere(ctx, store)
		user = meta.User
		return err
	})
	if err != nil {
		return err
	}
	fillUsers(users, user)
	return s.m.fill(ctx, "read", places, at)
}

// separate tells the places from what asks for the user.
func separate(into []Into) (places []Into, users []*string) {
	for _, in := range into {
		if in.user {
			users = append(users, in.into.(*string))
		} else {
			places = append(places, in)
		}
	}
	return places, users
}

func fillUsers(users []*string, user string) {
	for _, into := range users {
		if user != "" {
			*into = user
		}
	}
}

// readable returns the places of into, or what is wrong with them or with where they are to be put.
func readable(op string, into []Into) ([]found, error) {
	var errs []error
	at := make([]found, 0, len(into))
	for _, in := range into {
		if !in.user {
			at = append(at, found{path: in.place.path})
			errs = append(errs, in.place.readable(op))
		}
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
