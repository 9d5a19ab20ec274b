package atomicsession

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/atomicsession/atomicsession/internal/errorpage"
	"github.com/atomicsession/atomicsession/internal/turn"
)

// extensionPatience is how long a response may take that prolongs the cookie. Since a slower one began, another request may have
// signed in, and its cookie would be undone; a later request will prolong it.
const extensionPatience = 5 * time.Second

// commit adds the session's headers to h, once: when the header is about to be written, or the handler has returned
// without writing one. It waits for a method that is at work, which may be about to change the token.
func (x *exchange) commit(h http.Header) {
	if x.turn.Phase() != turn.Open {
		return
	}
	x.turn.Take(context.Background())
	defer x.turn.Give()
	if x.turn.Pass(turn.HeaderOut) != turn.Open {
		return
	}
	if s := x.session.Load(); s != nil && s.state != unopened {
		s.addHeaders(h)
	}
}

func (s *Session) addHeaders(h http.Header) {
	h.Add("Vary", "Cookie")
	if !s.extended.IsZero() && s.m.now().Sub(s.extended) > extensionPatience {
		s.cookie = nil
	}
	if s.cookie != nil {
		h.Add("Set-Cookie", s.cookie.String())
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
