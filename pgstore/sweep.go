package pgstore

import (
	"context"
	"time"
)

// Sweep implements [driver.Sweeper]: one statement. It leaves alone what an update or another sweep has locked at the moment, so
// such sessions may be left though it removes fewer than limit.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	n, err := s.repeat(ctx, s.sql.sweep, []any{now.UnixMilli(), int64(limit)})
	return int(n), err
}
