package mongostore

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver/retry"
)

// Sweep implements [driver.Sweeper]. The indexes of [Store.EnsureIndexes] let the server do the same by its own clock.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (n int, err error) {
	ctx, err = s.ready(ctx)
	if err != nil {
		return 0, err
	}
	p := retry.For(s.timeout)
	err = p.Once(ctx, func() error {
		for n < limit {
			ids, err := s.findIDs(ctx, &p, expired(now), min(limit-n, page))
			if err != nil || len(ids) == 0 {
				return err
			}
			deleted, err := s.deleteMany(ctx, append(bson.D{{Key: fieldID, Value: call("$in", ids)}}, expired(now)...))
			n += deleted
			switch {
			case err != nil:
				return err
			case deleted == 0: // see Delete
				return retry.Refused(retry.ErrChanged)
			}
		}
		return nil
	})
	return n, err
}
