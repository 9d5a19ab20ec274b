package mysqlstore

import (
	"context"
	"database/sql"
	"time"
)

// sweepBatch is how many sessions are removed in one transaction, so that locks are held shortly.
const sweepBatch = 500

// Sweep implements [driver.Sweeper]: a transaction for each 500 sessions. It leaves alone what an update or another sweep has locked at
// the moment, so such sessions may be left though it removes fewer than limit.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (total int, err error) {
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	for total < limit {
		var n int
		step := min(limit-total, sweepBatch)
		err := s.repeat(ctx, func() error {
			return s.inTx(ctx, func(tx *conn) error {
				var expired [][]byte
				err := tx.each(ctx, s.sql.expired.with(now.UnixMilli()/time.Hour.Milliseconds(), now.UnixMilli(), step), func(rows *sql.Rows) error {
					var id []byte
					err := rows.Scan(&id)
					expired = append(expired, id)
					return err
				})
				if n = len(expired); err != nil || n == 0 {
					return err
				}
				if err := tx.cascade(ctx); err != nil {
					return err
				}
				return tx.exec(ctx, s.sql.deleteAll.with(list(expired)))
			})
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
