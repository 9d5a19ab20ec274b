package atomicsession

import (
	"context"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/turn"
)

// do runs f alone among the methods of this session, with the cookie read and the store at hand, within ctx and StoreTimeout.
func (s *Session) do(ctx context.Context, op string, f func(context.Context, driver.Store) error) error {
	if err := s.outside(); err != nil {
		return &Error{op, err}
	}
	if err := ctx.Err(); err != nil {
		return &Error{op, err}
	}
	within := turn.Within(ctx, s.m.opts.StoreTimeout)
	defer within.Cancel()
	return s.inTurn(within, op, f)
}

// end is do for what ends sessions: it waits for the turn, and f goes on, for as long as [turn.Lasting] allows. Each step of f has
// StoreTimeout for itself.
func (s *Session) end(ctx context.Context, op string, f func(*turn.Lasting, driver.Store) error) error {
	if err := s.outside(); err != nil {
		return &Error{op, err}
	}
	longer, stop := turn.Outlast(ctx, s.m.opts.StoreTimeout)
	defer stop()
	return s.inTurn(longer, op, func(_ context.Context, store driver.Store) error { return f(longer, store) })
}

func (s *Session) inTurn(ctx context.Context, op string, f func(context.Context, driver.Store) error) error {
	if !s.turn.Take(ctx) {
		return &Error{op, ctx.Err()}
	}
	defer s.turn.Give()
	if s.state == unopened {
		s.open()
	}
	if s.old != nil && !s.old.settled {
		f = s.afterOld(f)
	}
	err := s.m.run(ctx, op, f)
	s.m.report(ctx, err, s.token.id)
	return err
}

// open reads the cookie. One that is no token says as little of a live session as one whose session has ended: keys may have been
// replaced.
func (s *Session) open() {
	s.secure = s.m.secure(s.request)
	t, ok, count := s.m.readCookie(s.request, s.secure)
	s.findOld(count)
	switch {
	case ok:
		s.state, s.token = presented, t
	case count == 0:
		s.state = none
	default:
		_ = s.lost(ErrNotFound)
	}
}
