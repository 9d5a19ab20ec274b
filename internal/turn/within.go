package turn

import (
	"context"
	"sync"
	"time"
)

// Timeout is a context with a deadline, like that of [context.WithTimeout]. It starts a timer only for who asks for Done: a call that does
// not wait costs none.
type Timeout struct {
	context.Context // that of before
	deadline        time.Time

	mu       sync.Mutex
	timed    context.Context // nil: nobody has asked for Done
	cancel   context.CancelFunc
	canceled bool
	ended    error // what Err has said
}

// Within returns such a context, whose Cancel must be called.
func Within(ctx context.Context, timeout time.Duration) *Timeout {
	return &Timeout{Context: ctx, deadline: time.Now().Add(timeout)}
}

// Deadline implements [context.Context].
func (t *Timeout) Deadline() (time.Time, bool) {
	if earlier, ok := t.Context.Deadline(); ok && earlier.Before(t.deadline) {
		return earlier, true
	}
	return t.deadline, true
}

// Done implements [context.Context].
func (t *Timeout) Done() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timed == nil && !t.canceled {
		t.timed, t.cancel = context.WithDeadline(t.Context, t.deadline)
	} else if t.timed == nil {
		t.timed, t.cancel = context.WithCancel(t.Context)
		t.cancel()
	}
	return t.timed.Done()
}

// Err implements [context.Context].
func (t *Timeout) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		return t.ended
	}
	switch err := t.Context.Err(); {
	case t.timed != nil:
		t.ended = t.timed.Err()
	case t.canceled:
		t.ended = context.Canceled
	case err == nil && !time.Now().Before(t.deadline):
		t.ended = context.DeadlineExceeded
	default:
		t.ended = err
	}
	return t.ended
}

// Value implements [context.Context]: package context finds in it what the contexts made from this one wait for.
func (t *Timeout) Value(key any) any {
	t.mu.Lock()
	ctx := t.timed
	t.mu.Unlock()
	if ctx == nil {
		ctx = t.Context
	}
	return ctx.Value(key)
}

// Cancel ends the context, and frees its timer.
func (t *Timeout) Cancel() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.canceled = true; t.cancel != nil {
		t.cancel()
	}
}
