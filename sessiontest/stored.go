package sessiontest

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// peek gives f the session that a request with the cookies would have, if there is one. It is no use of the session.
func peek(
	t testing.TB, m *atomicsession.Manager, cookies []*http.Cookie, f func(context.Context, *atomicsession.Session) error,
) (found bool) {
	t.Helper()
	ctx, end := Context(t, m, cookies...)
	defer end()
	s := m.Get(ctx)
	err := s.Peek(ctx)
	if errors.Is(err, atomicsession.ErrNotFound) {
		return false
	}
	if err == nil {
		found, err = s.Exists(ctx)
	}
	if err == nil && found {
		err = f(ctx, s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Document returns the whole document of the session that the cookies name, empty if there is none. Its Text is JSON with the
// fields in the order of their names. It does not count as a use of the session, and extends nothing. The same holds for Read and
// Info.
func Document(t testing.TB, m *atomicsession.Manager, cookies ...*http.Cookie) (doc driver.Doc) {
	t.Helper()
	peek(t, m, cookies, func(ctx context.Context, s *atomicsession.Session) (err error) {
		doc, err = s.Document(ctx)
		return err
	})
	return doc
}

// Read puts what is at several places of the session that the cookies name into variables, as [atomicsession.Session.Read] does. What is
// absent leaves its variable as it is. If there is no session the test fails.
func Read(t testing.TB, m *atomicsession.Manager, cookies []*http.Cookie, into ...atomicsession.Into) {
	t.Helper()
	if !peek(t, m, cookies, func(ctx context.Context, s *atomicsession.Session) error { return s.Read(ctx, into...) }) {
		t.Fatal("the cookies name no live session")
	}
}

// Info describes the session that the cookies name: its User, its end. It is the zero Info if there is none, as after a sign-out.
func Info(t testing.TB, m *atomicsession.Manager, cookies ...*http.Cookie) (info atomicsession.Info) {
	t.Helper()
	peek(t, m, cookies, func(ctx context.Context, s *atomicsession.Session) (err error) {
		info, _, err = s.Info(ctx)
		return err
	})
	return info
}

// CSRFToken returns a token for requests with the cookies that pass [atomicsession.Manager.ProtectCSRF]: in the header X-CSRF-Token, or in the
// field csrf_token of a form, unless [atomicsession.CSRFOptions] say otherwise. It is good until the next Renew or Reset. If there is no session
// the test fails.
func CSRFToken(t testing.TB, m *atomicsession.Manager, cookies ...*http.Cookie) (token string) {
	t.Helper()
	if !peek(t, m, cookies, func(ctx context.Context, s *atomicsession.Session) (err error) {
		token, err = s.CSRFToken(ctx)
		return err
	}) {
		t.Fatal("the cookies name no live session")
	}
	return token
}
