package sessiontest

import (
	"sync"
	"time"
)

// Clock stands still unless it is moved. Give its method Now to [atomicsession.Options], and sessions age when the test says so. It is safe for
// concurrent use. Stores on a server have clocks of their own beside it; memstore has none.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at a time.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
