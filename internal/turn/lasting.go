package turn

import (
	"context"
	"time"
)

// Lasting is the context of what must not stop half-way because a visitor closes the page. It has no deadline; its timeout after
// the visitor's context has ended it ends too, by running out of time.
type Lasting struct {
	context.Context // the visitor's without its end
	timeout         time.Duration
	over            chan struct{}
}

// Outlast returns such a context for that of a visitor, which may have ended already, and a function that frees it.
func Outlast(visitor context.Context, timeout time.Duration) (*Lasting, func() bool) {
	l := &Lasting{context.WithoutCancel(visitor), timeout, make(chan struct{})}
	return l, context.AfterFunc(visitor, func() {
		time.AfterFunc(l.timeout, func() { close(l.over) })
	})
}

// Done implements [context.Context].
func (l *Lasting) Done() <-chan struct{} { return l.over }

// Err implements [context.Context].
func (l *Lasting) Err() error {
	select {
	case <-l.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// Step gives f at most the timeout of it.
func (l *Lasting) Step(f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(l, l.timeout)
	defer cancel()
	return f(ctx)
}
