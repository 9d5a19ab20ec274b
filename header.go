package atomicsession

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/atomicsession/atomicsession/internal/errorpage"
	"github.com/atomicsession/atomicsession/internal/turn"
)

// extensionPatience is how long a response may take that prolongs the cookie. Since a slower one began, another request may have
// signed in, and its cookie would be undone; a later request will prolong it.
const extensionPatience = 5 * time.Second

// commit adds the session's headers to those of w, once: when the header is about to be written, or the handler has returned
// without writing one. It waits for a method that is at work, which may be about to change the token. First it sends what
// [Session.Later] has queued; if that fails it answers in place of the handler, and returns the error whenever it is called.
func (x *exchange) commit(w http.ResponseWriter, status int) error { return x.put(w, status, false) }

// put is commit, also when the handler has returned.
func (x *exchange) put(w http.ResponseWriter, status int, returned bool) error {
	if x.turn.Phase() == turn.Open {
		x.finish(w, status, returned)
	}
	if s := x.session.Load(); s != nil {
		return s.failure
	}
	return nil
}

func (x *exchange) finish(w http.ResponseWriter, status int, returned bool) {
	x.turn.Take(context.Background())
	defer x.turn.Give()
	s := x.session.Load()
	if x.turn.Phase() != turn.Open || s == nil || s.state == unopened { // which nobody has used
		x.turn.Pass(turn.HeaderOut)
		return
	}
	defer func() {
		if x.turn.Phase() == turn.Open { // the store panics: a secret that the session has got goes out with whatever answers that
			x.turn.Pass(turn.HeaderOut)
			s.addHeaders(w.Header())
		}
	}()
	err := s.flushLast(status)
	s.confirm()
	s.failure = err // before the phase, by which others know that it is there
	x.turn.Pass(turn.HeaderOut)
	past := returned && (err != nil || s.cookie != nil) && written(w)
	if past {
		s.m.bypassed.Do(func() {
			s.m.log().WarnContext(s.request.Context(), "the session's cookie has not reached the browser: the response was written past "+
				"the writer that Manager.Middleware gives to the handler. Let the framework write to that one: its package in adapter does",
				"method", s.request.Method, "writer", fmt.Sprintf("%T", w))
		})
	}
	switch {
	case err == nil:
		s.addHeaders(w.Header())
	case !past: // else there is an answer already
		s.fail(w, err)
	}
}

// written reports whether the header is out, as far as a writer below says so: one of gin or negroni by a method, one of echo by a field.
func written(w http.ResponseWriter) bool {
	for w != nil {
		if teller, ok := w.(interface{ Written() bool }); ok {
			return teller.Written()
		}
		if v := reflect.Indirect(reflect.ValueOf(w)); v.Kind() == reflect.Struct {
			if field, ok := v.Type().FieldByName("Committed"); ok && len(field.Index) == 1 && field.Type.Kind() == reflect.Bool {
				return v.Field(field.Index[0]).Bool()
			}
		}
		below, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false
		}
		w = below.Unwrap()
	}
	return false
}

func (s *Session) addHeaders(h http.Header) {
	h.Add("Vary", "Cookie")
	if !s.extended.IsZero() && s.m.now().Sub(s.extended) > extensionPatience {
		s.cookie = nil
	}
	if s.cookie != nil {
		h.Add("Set-Cookie", s.cookie.String())
		s.tellOuter(s.cookie.String())
	}
	if s.old != nil && s.old.forget {
		s.forgetOld(h)
	}
	if s.reload {
		h.Set("Refresh", errorpage.Refresh(0, sameDocument(s.request)))
	}
	signedIn := (s.state == live || s.state == ended) && s.meta.User != "" // as this request has seen
	restrictCaches(h, s.cookie != nil || s.reload || s.m.opts.NoStoreSignedIn && signedIn)
}

// over returns why the request has ended for its client, nil if it has not.
func (s *Session) over() error {
	switch {
	case s.turn.Phase() == turn.Returned:
		return fmt.Errorf("%w: the handler has returned", ErrHeadersSent)
	case s.request.Context().Err() != nil:
		return fmt.Errorf("%w: the request's context has ended", ErrHeadersSent)
	}
	return nil
}

// tooLate returns an error if no cookie can reach the browser any more. A session that has ended is a part of it, since one that
// goes on would need no cookie.
func (s *Session) tooLate() error {
	err := s.over()
	if err == nil && s.turn.Phase() == turn.HeaderOut {
		err = fmt.Errorf("%w: the response's header is out", ErrHeadersSent)
	}
	if err != nil && s.why() != nil {
		err = fmt.Errorf("%w: %w", s.why(), err)
	}
	return err
}
