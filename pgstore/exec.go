package pgstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
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
	p, lost := retry.For(s.timeout), false
	for {
		err := try()
		lost = lost || errors.Is(err, driver.ErrUnknownOutcome)
		if err == nil || errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if !retry.CanRepeat(err) || !p.Wait(ctx) {
			if lost {
				return retry.Lost(err)
			}
			return retry.Unchanged(ctx, err)
		}
	}
}

// read is repeat for what changes nothing.
func (s *Store) read(ctx context.Context, try func() error) error {
	err := s.repeat(ctx, try)
	if err == nil || errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	return retry.Unchanged(ctx, err)
}
