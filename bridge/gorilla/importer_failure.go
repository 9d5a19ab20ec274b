package gorillabridge

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession/driver"
)

// open returns the session that a cookie names, and whether the store knows it. The error matches [driver.ErrUnavailable] if the store has
// failed, else the session cannot be read. A session that is not known may have an ID all the same.
func (i *importer) open(ctx context.Context, name, value string) (session *sessions.Session, known bool, err error) {
	defer func() { // a type that reads itself may panic over what is damaged
		if p := recover(); p != nil {
			session, known, err = nil, false, fmt.Errorf("gorilla: %T panics", i.store)
		}
	}()
	session, err = i.store.New(request(ctx, name, value), name)
	switch {
	case err == nil:
		return session, session != nil && !session.IsNew, nil
	case namesNone(err, session):
		return session, false, nil
	case unreadable(err):
		return session, false, fmt.Errorf("gorilla: %w", err)
	}
	return session, false, unavailable(err)
}

// namesNone reports whether the error of New says that there is no session, and nothing is wrong with the store.
func namesNone(err error, session *sessions.Session) bool {
	read := session != nil && session.ID != "" // the cookie; so it is the record that is missing or cannot be decoded
	file, isFile := errors.AsType[*fs.PathError](err)
	if isFile && errors.Is(file, fs.ErrNotExist) && read && strings.Contains(filepath.Base(file.Path), session.ID) {
		_, err := os.Stat(filepath.Dir(file.Path)) // that of a disk that is away tells nothing of the session
		return err == nil
	}
	parts, ok := decoding(err)
	if !ok {
		return false
	}
	for _, part := range parts {
		if part.Error() == "securecookie: expired timestamp" { // the cookie's or the record's, with the one key that verifies it
			return true
		}
		e, ok := errors.AsType[securecookie.Error](part)
		if !ok {
			continue // it is too long
		}
		_, noBase64 := errors.AsType[base64.CorruptInputError](e.Cause())
		verified := e.Cause() != nil && !noBase64 // and could not be deserialized
		if verified || e.IsUsage() {
			read = true
		}
	}
	return !read
}

// decoding returns what each key has made of a text, if err is of securecookie.
func decoding(err error) (parts []error, ok bool) {
	if all, ok := errors.AsType[securecookie.MultiError](err); ok {
		return all, true
	}
	if one, ok := errors.AsType[securecookie.Error](err); ok {
		return []error{one}, true
	}
	return nil, false
}

// unreadable reports whether the error of New is of what the store has found, and not of the store.
func unreadable(err error) bool {
	if _, ok := decoding(err); ok {
		return true
	}
	_, isSyntax := errors.AsType[*json.SyntaxError](err)
	if _, isType := errors.AsType[*json.UnmarshalTypeError](err); isSyntax || isType {
		return true
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if strings.HasPrefix(err.Error(), "gob: ") { // which has no type of its own for errors
			return true
		}
	}
	return false
}

// unavailable returns the error for one of the store, without the name of a file, in which the session's ID may be.
func unavailable(err error) error {
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		err = fmt.Errorf("%s: %w", file.Op, file.Err)
	}
	return fmt.Errorf("%w: gorilla: %w", driver.ErrUnavailable, err)
}
