package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// exec runs a script until a server has executed it: it tries again for as long as servers only refuse. An error that matches
// [driver.ErrUnknownOutcome] says that the script may have been executed, any other that it was not.
func (s *Store) exec(ctx context.Context, p *retry.Patience, sc *script, key string, args []string) (answer, error) {
	for {
		a, err := s.call(ctx, sc, key, args)
		if err == nil {
			return a, nil
		}
		err = s.fault(ctx, key, err)
		if errors.Is(err, driver.ErrUnknownOutcome) {
			return nil, p.Lost(ctx, err)
		}
		if !retry.IsRefused(err) {
			return nil, err
		}
		if !p.Again(ctx, err) {
			return nil, p.Unchanged(ctx, err)
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
	if demoted(err) {
		c.Close() // instead of keeping the connection for the next
	}
	if err != nil || !hasWritten(a.status()) {
		return a, err
	}
	wait := c.B().Wait().Numreplicas(int64(s.replicas)).Timeout(s.remaining(ctx).Milliseconds()).Build()
	n, err := c.Do(ctx, wait).AsInt64()
	if err != nil && ctx.Err() != nil {
		return nil, retry.Lost(retry.Ended(ctx, fmt.Errorf("fewer than %d replicas have received it", s.replicas)))
	} else if err != nil {
		return nil, retry.Lost(explain(ctx, err))
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
