package atomicsession

import (
	"context"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// do runs f alone among the methods of this session, with the cookie read and the store at hand, within ctx and StoreTimeout.
func (s *Session) do(ctx context.Context, op string, f func(context.Context, driver.Store) error) error {
	if s.m == nil {
		return &Error{op, ErrNoMiddleware}
	}
	if err := ctx.Err(); err != nil {
		return &Error{op, err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.m.opts.StoreTimeout)
	defer cancel()
	return s.inTurn(ctx, op, f)
}

// end is do for what ends sessions: it waits for the turn, and f goes on, for as long as lasting allows. Each step of f has
// StoreTimeout for itself.
func (s *Session) end(ctx context.Context, op string, f func(*lasting, driver.Store) error) error {
	if s.m == nil {
		return &Error{op, ErrNoMiddleware}
	}
	longer, stop := s.m.outlast(ctx)
	defer stop()
	return s.inTurn(longer, op, func(_ context.Context, store driver.Store) error { return f(longer, store) })
}

func (s *Session) inTurn(ctx context.Context, op string, f func(context.Context, driver.Store) error) error {
	if !s.turn.take(ctx.Done()) {
		return &Error{op, ctx.Err()}
	}
	defer s.turn.give()
	if s.state == unopened {
		s.open()
	}
	err := s.m.run(ctx, op, f)
	s.m.report(ctx, err, s.token.id)
	return err
}

// turn is the lock of a session: whoever has it is alone with the view. Those who wait get it in the order in which they came.
type turn struct {
	mu      sync.Mutex // of these fields, held for no longer than it takes to look at them
	taken   bool
	phase   phase // of the response, which goes on also while somebody has the turn
	waiting int32
	next    chan struct{} // gives the turn to one who waits; made for the first of them
}

// phase is that of a response. Only while it is open can it still get a cookie.
type phase int8

const (
	open phase = iota
	headerOut
	returned // the handler has
)

// take waits for the turn; false if done was closed first.
func (t *turn) take(done <-chan struct{}) bool {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return true
	}
	if t.next == nil {
		t.next = make(chan struct{}, 1)
	}
	t.waiting++
	t.mu.Unlock()
	select {
	case <-t.next:
		return true
	case <-done:
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == 0 { // it has just been given, and nobody else is there to take it
		<-t.next
		return true
	}
	t.waiting--
	return false
}

// give passes the turn on.
func (t *turn) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == 0 {
		t.taken = false
		return
	}
	t.waiting--
	t.next <- struct{}{}
}

// at returns the phase.
func (t *turn) at() phase { return t.pass(open) }

// pass returns the phase, and goes on to p if that comes later.
func (t *turn) pass(p phase) (before phase) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before = t.phase
	t.phase = max(t.phase, p)
	return before
}

// open reads the cookie. One that is no token says as little of a live session as one whose session has ended: keys may have been
// replaced.
func (s *Session) open() {
	s.secure = s.m.secure(s.request)
	t, ok, count := s.m.readCookie(s.request, s.secure)
	switch {
	case ok:
		s.state, s.token = presented, t
	case count == 0:
		s.state = none
	default:
		_ = s.lost(ErrNotFound)
	}
}

// lasting is the context of what must not stop half-way because a visitor closes the page. It has no deadline; StoreTimeout after
// the visitor's context has ended it ends too, by running out of time.
type lasting struct {
	context.Context // the visitor's without its end
	timeout         time.Duration
	over            chan struct{}
}

// outlast returns such a context for that of a visitor, which may have ended already, and a function that frees it.
func (m *Manager) outlast(visitor context.Context) (*lasting, func() bool) {
	l := &lasting{context.WithoutCancel(visitor), m.opts.StoreTimeout, make(chan struct{})}
	return l, context.AfterFunc(visitor, func() {
		time.AfterFunc(l.timeout, func() { close(l.over) })
	})
}

// Done implements [context.Context].
func (l *lasting) Done() <-chan struct{} { return l.over }

// Err implements [context.Context].
func (l *lasting) Err() error {
	select {
	case <-l.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// step gives f at most the timeout of it.
func (l *lasting) step(f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(l, l.timeout)
	defer cancel()
	return f(ctx)
}
