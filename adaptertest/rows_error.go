package adaptertest

import (
	"context"
	"errors"
	"net/http"

	"github.com/atomicsession/atomicsession"
)

// errorPage: the framework's page of errors has the session of the handler that has failed, and what it changes there is kept, with
// the cookie.
func errorPage(s *site) {
	s.serve(pages{
		"/": func(ctx context.Context, session *atomicsession.Session) Answer {
			if err := session.Update(ctx, name.Set("Ada")); err != nil {
				return Answer{Session: err}
			}
			return Answer{Err: errors.New("the handler fails")}
		},
		ErrorPage: func(ctx context.Context, session *atomicsession.Session) Answer {
			n, err := visits.Add(ctx, session, 1)
			if err != nil {
				return Answer{Status: http.StatusInternalServerError, Text: err.Error()}
			}
			who, _, _ := name.Get(ctx, session)
			return Answer{Status: http.StatusTeapot, Text: "sorry, " + who + string(rune('0'+n))}
		},
		"/show": show,
	})
	r := s.get("/")
	s.want(r, http.StatusTeapot, "sorry, Ada1")
	s.wantCookie(r)
	s.want(s.get("/show"), http.StatusOK, "Ada, visit 1")
}

// panics: a sign-in before a panic has replaced the secret, so the answer to the panic brings the new one. The queue is dropped.
func panics(s *site) {
	s.serve(pages{
		"/": count, "/show": show,
		"/panic": func(ctx context.Context, session *atomicsession.Session) Answer {
			if err := session.Renew(ctx, name.Set("Ada")); err != nil {
				return Answer{Session: err}
			}
			if err := session.Later(ctx, visits.Inc(1)); err != nil {
				return Answer{Session: err}
			}
			return Answer{Panic: true}
		},
		ErrorPage: func(context.Context, *atomicsession.Session) Answer {
			return Answer{Status: http.StatusInternalServerError}
		},
	})
	s.get("/")
	r := s.get("/panic")
	if r.status != http.StatusInternalServerError {
		s.t.Errorf("the answer to a panic is %d", r.status)
	}
	s.wantCookie(r)
	s.want(s.get("/show"), http.StatusOK, "Ada, visit 1")
}
