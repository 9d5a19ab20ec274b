package atomicsession

import (
	"context"
	"errors"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/turn"
)

// Destroy ends the session, and begins no other: use it to sign out. Once it has returned nil, the session is gone for every request,
// slow ones included, and nothing brings it back. The browser is told to forget the cookie if the response's header is not out yet.
// Without a session there is nothing to do. After Destroy nothing can be stored: to leave the visitor a message, call Reset with it.
// Destroy does its work even if ctx has ended.
//
// If the session lives and has another secret than this request's, the error is [ErrRenewed], and the session goes on. It does not matter
// how often and how long ago others have renewed it. The error is ErrRenewed, too, for some seconds after another request's Reset.
func (s *Session) Destroy(ctx context.Context) error {
	return s.end(ctx, "destroy", func(longer *turn.Lasting, store driver.Store) error {
		s.queued = nil
		if err := s.buryOldFirst(longer, store); err != nil {
			return err
		}
		return longer.Step(func(ctx context.Context) error { return s.destroy(ctx, store) })
	})
}

func (s *Session) destroy(ctx context.Context, store driver.Store) (err error) {
	switch {
	case s.overtaken():
		return s.why()
	case s.state == none:
		return nil
	case s.token.id.IsZero() || s.gone:
	default: // also if it seems to have ended: it may have got another secret long ago
		if err = s.remove(ctx, store); err != nil && !s.gone {
			return err
		}
	}
	s.cookie = s.m.blankCookie(s.secure)
	s.cookie.MaxAge = -1 // which the browser forgets
	return err
}

// remove deletes the session and notes what has become of it. The error is ErrNotFound if it had ended before, and this request had
// seen it alive and not known.
func (s *Session) remove(ctx context.Context, store driver.Store) error {
	err := store.Delete(ctx, s.m.now(), s.key())
	if errors.Is(err, ErrRenewed) && s.askReplay(ctx, store) { // which may have ended it
		err = store.Delete(ctx, s.m.now(), s.key())
	}
	known := s.state == dead || s.state == ended
	switch {
	case err == nil:
		s.m.log().DebugContext(ctx, "session destroyed", "id", s.token.id)
		s.state = live // it was, even if this request had not looked
		_ = s.lost(ErrNotFound)
	case !errors.Is(err, ErrNotFound):
		return err
	case known:
		s.renewed, err = errors.Is(err, ErrRenewed), nil
	default:
		err = s.lost(err)
	}
	if s.overtaken() {
		return s.why()
	}
	s.gone = true
	return err
}
