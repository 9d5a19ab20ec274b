package pgstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/atomicsession/atomicsession/driver"
)

// once runs a statement that returns one row, once. An error that matches [driver.ErrUnknownOutcome] says that it may have been
// executed, any other that it was not. No row is [pgx.ErrNoRows].
func (s *Store) once(ctx context.Context, sql string, args []any, dest ...any) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return explainConnect(ctx, err)
	}
	defer conn.Release()
	return explain(ctx, conn.QueryRow(ctx, sql, args...).Scan(dest...))
}

// exec runs a statement once that returns no row, and returns how many it affected.
func (s *Store) exec(ctx context.Context, sql string, args []any) (int64, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return 0, explainConnect(ctx, err)
	}
	defer conn.Release()
	tag, err := conn.Exec(ctx, sql, args...)
	return tag.RowsAffected(), explain(ctx, err)
}

// repeat calls try until it is known what came of it: it goes on while servers refuse and, since try may be repeated, while
// answers are lost.
func (s *Store) repeat(ctx context.Context, try func() error) error {
	p, lost := s.patience(), false
	for {
		err := try()
		lost = lost || errors.Is(err, driver.ErrUnknownOutcome)
		if err == nil || errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if !canRepeat(err) || !p.wait(ctx) {
			if lost {
				return asLost(err)
			}
			return unchanged(ctx, err)
		}
	}
}

// read is repeat for what changes nothing.
func (s *Store) read(ctx context.Context, try func() error) error {
	err := s.repeat(ctx, try)
	if err == nil || errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	return unchanged(ctx, err)
}

func canRepeat(err error) bool { return isRefusal(err) || errors.Is(err, driver.ErrUnknownOutcome) }

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
