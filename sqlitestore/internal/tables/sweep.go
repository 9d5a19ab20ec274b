package tables

import (
	"context"
	"time"
)

// sweepBatch is how many sessions are removed in one step, so that no other call waits long.
const sweepBatch = 100

// Sweep implements [driver.Sweeper]. Other calls go on in between; if ctx ends, some of the sessions may be gone.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	total := 0
	for total < limit {
		n, step := 0, min(limit-total, sweepBatch)
		err := s.write(ctx, func(c conn) error {
			if err := c.Run(c.deleteExpired, hour(now), now.UnixMilli(), step); err != nil {
				return err
			}
			n = int(c.Changes())
			return nil
		})
		if err != nil {
			return total, err
		}
		total += n
		if n < step {
			break
		}
	}
	return total, nil
}
