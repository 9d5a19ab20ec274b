package pgstore

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// Create implements [driver.Store]: one statement.
func (s *Store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	names, texts := make([]string, r.Data.Len()), make([]string, r.Data.Len())
	for i := range names {
		f := r.Data.At(i)
		names[i], texts[i] = f.Name, f.Value.Text()
	}
	op := retry.NewOpID(nil)
	args := append(createMeta(r.Meta), v[:], int64(r.Data.Size()), op[:], names, texts)
	p := retry.For(s.timeout)
	var n int64
	err := p.Once(ctx, func() (err error) {
		n, err = s.once(ctx, s.sql.create, args)
		return err
	})
	switch {
	case errors.Is(err, driver.ErrUnknownOutcome): // has it arrived? It is never sent again
		if found, err := s.read(ctx, s.sql.created, []any{r.ID[:], op[:]}); err == nil && found {
			return nil
		}
	case err == nil && n == 0:
		return driver.ErrExists
	}
	return err
}

// Load implements [driver.Store]: one statement.
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	if err := s.ready(ctx); err != nil {
		return driver.Record{}, err
	}
	var current, open bool
	var meta [metaLen]pgtype.Text
	var names, texts []string
	found, err := s.read(ctx, s.sql.load, guard(now, k), &current, &open, &meta[0], &meta[1], &meta[2], &names, &texts)
	answer := refused(found, current, err)
	if err != nil || !open {
		return driver.Record{}, answer
	}
	m, err := readMeta(k.ID, meta[:])
	if err != nil {
		return driver.Record{}, err
	}
	d, err := driver.ParseFields(names, texts)
	if err != nil {
		return driver.Record{}, err
	}
	return driver.Record{Meta: m, Data: d}, answer
}

// Delete implements [driver.Store]: one statement, and one more where it finds nothing to delete.
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	args := guard(now, k)[:3]
	return s.remove(ctx, s.sql.delete, args, args)
}

// remove runs a statement that deletes one session, until its outcome is known: it may be repeated, since nothing brings a session
// back. The arguments of another statement serve to find out why there was nothing to delete: ErrRenewed if the session lives, with
// another verifier than theirs.
func (s *Store) remove(ctx context.Context, sql string, args, why []any) error {
	p, lost := retry.For(s.timeout), false
	var n int64
	err := p.Repeat(ctx, func() (err error) {
		n, err = s.once(ctx, sql, args)
		lost = lost || errors.Is(err, driver.ErrUnknownOutcome)
		return err
	})
	if err != nil || n > 0 {
		return err
	}
	var lives bool
	found, err := s.read(ctx, s.sql.lives, why, &lives)
	switch {
	case lost && err != nil:
		return retry.Lost(err)
	case lost && !found: // perhaps by a try that was not answered
		return nil
	}
	return cmp.Or(refused(found, !lives, err), driver.ErrNotFound)
}

// guard returns the first arguments of the statements that a key must open.
func guard(now time.Time, k driver.Key) []any {
	return []any{k.ID[:], k.Verifier[:], now.UnixMilli(), recently(now)}
}

// recently returns the time after which a renewal is still remembered.
func recently(now time.Time) int64 { return now.Add(-driver.RenewalWindow).UnixMilli() }

// refused returns the error of a statement that looked for one session: err, that it has found none, or that the verifier is not the
// session's current one.
func refused(found, current bool, err error) error {
	switch {
	case err != nil:
		return err
	case !found:
		return driver.ErrNotFound
	case !current:
		return driver.ErrRenewed
	}
	return nil
}
