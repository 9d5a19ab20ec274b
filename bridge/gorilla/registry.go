package gorillabridge

import (
	"errors"
	"net/http"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
)

// within is the store of a session that Get has returned. The registry calls it with the request that it was made for. This may be one from
// before the middleware, if another store was used there; then the request that Get was called with stands in.
type within struct {
	*Store
	request *http.Request
}

func (s within) New(r *http.Request, name string) (*sessions.Session, error) {
	session, err := s.Store.New(r, name)
	if s.before(r, err) {
		return s.Store.New(s.request, name)
	}
	return session, err
}

func (s within) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	err := s.Store.Save(r, w, session)
	if s.before(r, err) {
		return s.Store.Save(s.request, w, session)
	}
	return err
}

// before reports whether r is the request as it was before the middleware.
func (s within) before(r *http.Request, err error) bool {
	return errors.Is(err, atomicsession.ErrNoMiddleware) && sessions.GetRegistry(r) == sessions.GetRegistry(s.request)
}
