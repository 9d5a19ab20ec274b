package redisstore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// exec runs a script until a server has executed it: it tries again for as long as servers only refuse. An error that matches
// [driver.ErrUnknownOutcome] says that the script may have been executed, any other that it was not.
func (s *Store) exec(ctx context.Context, p *patience, sc *script, key string, args []string) (answer, error) {
	for {
		a, err := s.call(ctx, sc, key, args)
		if err == nil {
			return a, nil
		}
		err = explain(ctx, err)
		if !isRefusal(err) {
			return nil, err
		}
		if !p.wait(ctx) {
			return nil, unchanged(ctx, err)
		}
	}
}

// call runs a script once and, if it has written, waits for the replicas.
func (s *Store) call(ctx context.Context, sc *script, key string, args []string) (answer, error) {
	if s.replicas == 0 || sc == readScript {
		return sc.run(ctx, s.client, key, args)
	}
	c, release := s.client.Dedicate() // WAIT is about the writes of its own connection
	defer release()
	a, err := sc.run(ctx, c, key, args)
	if err != nil || !hasWritten(a.status()) {
		return a, err
	}
	wait := c.B().Wait().Numreplicas(int64(s.replicas)).Timeout(s.remaining(ctx).Milliseconds()).Build()
	n, err := c.Do(ctx, wait).AsInt64()
	if err != nil {
		return nil, &lostError{err}
	}
	if n < int64(s.replicas) {
		return nil, fmt.Errorf("%w: %d of %d replicas have received it", driver.ErrUnknownOutcome, n, s.replicas)
	}
	return a, nil
}

// hasWritten reports whether a script that answers so has changed anything that matters.
func hasWritten(status string) bool {
	switch status {
	case "ok", "done", "gone", "expired":
		return true
	}
	return false
}

// remaining returns how long replicas may take: what is left of ctx and at most the timeout, but not 0, which is forever.
func (s *Store) remaining(ctx context.Context) time.Duration {
	left := s.timeout
	if deadline, ok := ctx.Deadline(); ok {
		left = min(left, time.Until(deadline))
	}
	return max(left, time.Millisecond)
}

// patience paces repeated tries.
type patience struct {
	until time.Time
	delay time.Duration
}

const (
	firstDelay = 2 * time.Millisecond
	maxDelay   = 200 * time.Millisecond
)

func (s *Store) patience() patience {
	return patience{until: time.Now().Add(s.timeout), delay: firstDelay}
}

// wait sleeps for a random time, longer each time, and reports whether there is time left for another try.
func (p *patience) wait(ctx context.Context) bool {
	d := p.delay/2 + rand.N(p.delay) //nolint:gosec // a pause is no secret
	p.delay = min(2*p.delay, maxDelay)
	if time.Now().Add(d).After(p.until) {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
