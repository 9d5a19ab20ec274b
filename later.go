package atomicsession

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/turn"
)

// Later queues changes without a call to the store. Right before the header of the response, all that the request has queued goes to the
// store in one atomic update, in one round trip. If that fails, these changes are lost. What the handler has done elsewhere, such as in
// its database, is not undone. So Update is the default: it tells its caller. Later is for handlers that make many changes, if the rest
// of their work depends on none of them.
//
// The errors of Later itself are those that need no store: a bad change, a session that has ended as far as the request knows, one that
// may not begin ([ErrCrossSite]), and [ErrHeadersSent] once the header is out or the handler has returned. Conditions are [ErrValue]:
// give them to Update. [User] and the like are [ErrSignIn]: give them to Renew.
//
// The result is that of making the changes one by one, but only the end result is checked, such as the sum of two Inc. Of two Set of one
// place the last counts. The integers of two Inc add up. If other paths overlap, or if the queue holds as much as one update can
// ([driver.MaxOps]), Later first sends what is queued. If that fails, it returns the error, and does not queue the new changes.
//
// Flush sends the queue at once. So does, before anything else, every method that changes, extends or describes the session, or reads
// what the queue leads into. So these methods see their own request's changes; a [Flash] does not. A Renew without conditions takes the
// queue along in its own step. But Destroy and Reset drop the queue as soon as it is their turn, and so does a failure to send it.
//
// The queue is sent when the handler writes the header (WriteHeader, or the first Write, Flush or ReadFrom), hijacks the connection, or
// returns. This takes at most [Options].StoreTimeout, and happens even if the client has gone, unless a session would have to begin.
// Without a session one begins, and its cookie goes out with the same header. If it may not begin, Later is ErrCrossSite even if nothing
// would be left to store. A response with a status of 500 or more that passes Middleware, or a panic before the header, drops the queue.
//
// If the queue cannot be sent, [Manager.WriteError] or [Options].LaterFailed writes the response in place of the handler's. Of the
// handler's headers, Location, Set-Cookie and those about its content are dropped. A secret that the session has got meanwhile still goes
// out. Write and the like then return the error. What stands between the handler and Middleware, such as a log, sees the status that the
// handler meant. With [ErrUnknownOutcome] the changes may have been made.
func (s *Session) Later(ctx context.Context, changes ...Change) error {
	const op = "later"
	u, err := s.newUpdate(op, changes)
	switch {
	case err != nil:
		return err
	case u.signsIn():
		return &Error{op, ErrSignIn}
	case u.looks():
		return &Error{op, fmt.Errorf("%w: what has a condition, or takes, goes with Update", ErrValue)}
	case len(u.Ops) == 0 && len(u.Attrs) == 0:
		return nil
	}
	return s.do(ctx, op, func(ctx context.Context, store driver.Store) error {
		if err := s.mayQueue(); err != nil {
			return err
		}
		if s.queued == nil || !s.queued.join(u) {
			if err := s.flush(ctx, store); err != nil {
				return err
			}
			s.queued = u
		}
		return nil
	})
}

// Flush sends at once what [Session.Later] has queued. If nothing is queued, it does nothing.
func (s *Session) Flush(ctx context.Context) error { return s.do(ctx, "flush", s.flush) }

// mayQueue returns why nothing can be sent later, as far as that is known.
func (s *Session) mayQueue() error {
	if err := s.tooLate(); err != nil {
		return err
	}
	switch {
	case s.state == ended || s.overtaken():
		return s.why()
	case s.state == none || s.state == dead:
		return s.mayBegin()
	}
	return nil
}

// flush sends what is queued. The queue is empty afterwards: what has failed might have been done.
func (s *Session) flush(ctx context.Context, store driver.Store) error {
	u := s.queued
	if u == nil {
		return nil
	}
	s.queued = nil
	if _, err := s.send(ctx, store, u); err != nil {
		return fmt.Errorf("what was queued by Later: %w", err)
	}
	return nil
}

// carry puts what is queued into u, before its changes, if one update can make them all, so that nothing is sent which another request's
// renewal would refuse. Conditions look at the session as the queue leaves it.
func (s *Session) carry(u *batch) bool {
	if s.queued == nil || u.looks() || !s.queued.join(u) {
		return false
	}
	u.Ops, u.Attrs = s.queued.Ops, s.queued.Attrs
	s.queued = nil
	return true
}

// flushLast is flush for a response with this status. Nobody waits for an error of it, so it says what becomes of the response.
func (s *Session) flushLast(status int) error {
	if status >= http.StatusInternalServerError {
		s.queued = nil
	}
	if s.queued == nil {
		return nil
	}
	ctx := turn.Within(context.WithoutCancel(s.request.Context()), s.m.opts.StoreTimeout)
	defer ctx.Cancel()
	err := s.m.run(ctx, "flush", s.flush)
	s.m.report(ctx, err, s.token.id)
	return err
}

// leadsInto reports whether what is queued changes the field of that name.
func (b *batch) leadsInto(name string) bool {
	return b != nil && slices.ContainsFunc(b.Ops, func(op driver.Op) bool {
		return slices.ContainsFunc(driver.Targets(op), func(p driver.Path) bool { return p.Top() == name })
	})
}

// join adds the changes of u, which are to be made after those of b, if one update can make them all.
func (b *batch) join(u *batch) bool {
	if b.Count()+u.Count() > driver.MaxOps {
		return false
	}
	ops := slices.Clone(b.Ops)
	for _, op := range u.Ops {
		i := slices.IndexFunc(b.Ops, func(before driver.Op) bool { return overlap(before, op) })
		if i < 0 {
			ops = append(ops, op)
			continue
		}
		both, ok := inOne(b.Ops[i], op)
		if !ok {
			return false
		}
		ops[i] = both
	}
	b.Ops = ops
	for name, text := range u.Attrs {
		b.attr(name, text)
	}
	return true
}

// overlap reports whether it may matter that b comes after a: one update makes its changes in an order of its own ([driver.Update.Order]).
func overlap(a, b driver.Op) bool {
	for _, p := range driver.Targets(a) {
		for _, q := range driver.Targets(b) {
			if p.Top() != q.Top() {
				continue
			}
			if shared := common(p, q); shared == p || shared == q || pads(p[len(shared)+1:], q[len(shared)+1:]) {
				return true
			}
		}
	}
	return false
}

// pads reports whether a change of the element that p begins with may put a null where q begins.
func pads(p, q driver.Path) bool {
	i, first := driver.Index(p.Top())
	j, then := driver.Index(q.Top())
	return first && then && j < i
}

// inOne returns the operation that does what two of one place do one after the other, if there is one.
func inOne(first, then driver.Op) (driver.Op, bool) {
	if first.Target() != then.Target() {
		return nil, false
	}
	switch then := then.(type) {
	case driver.Set:
		_, ok := first.(driver.Set)
		return then, ok
	case driver.Inc:
		first, ok := first.(driver.Inc)
		if !ok || first.By.Kind() != driver.Int || then.By.Kind() != driver.Int {
			return nil, false
		}
		a, b := first.By.Int(), then.By.Int()
		if b > 0 && a > math.MaxInt64-b || b < 0 && a < math.MinInt64-b {
			return nil, false
		}
		return driver.Inc{Path: then.Path, By: driver.IntValue(a + b)}, true
	}
	return nil, false
}

// fail answers in place of the handler, whose changes could not be sent.
func (s *Session) fail(w http.ResponseWriter, err error) {
	h := w.Header()
	dropContent(h)
	h.Del("Set-Cookie")
	if cookies := s.inner.Load(); cookies != nil { // a secret that a session has got goes out, whoever's it is
		h["Set-Cookie"] = slices.Clone(*cookies)
	}
	s.addHeaders(h)
	restrictCaches(h, true)
	if s.m.opts.LaterFailed != nil {
		s.m.opts.LaterFailed(w, s.request, err)
		return
	}
	s.m.WriteError(w, s.request, err)
}
