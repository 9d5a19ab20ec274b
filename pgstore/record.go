package pgstore

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
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
	op := newOpID()
	args := append(createMeta(r.Meta), v[:], int64(r.Data.Size()), op[:], names, texts)
	p := retry.For(s.timeout)
	for {
		var n int64
		err := s.once(ctx, s.sql.create, args, &n)
		switch {
		case err == nil && n == 0:
			return driver.ErrExists
		case err == nil:
			return nil
		case errors.Is(err, driver.ErrUnknownOutcome):
			return s.findCreated(ctx, r.ID, op, err)
		case !retry.IsRefused(err) || !p.Again(ctx, err):
			return p.Unchanged(ctx, err)
		}
	}
}

// findCreated looks whether a Create without an answer has arrived. It never creates again.
func (s *Store) findCreated(ctx context.Context, id driver.ID, op opID, lost error) error {
	var found bool
	err := s.read(ctx, func() error { return s.once(ctx, s.sql.created, []any{id[:], op[:]}, &found) })
	if err == nil && found {
		return nil
	}
	return lost
}

// Load implements [driver.Store]: one statement.
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	if err := s.ready(ctx); err != nil {
		return driver.Record{}, err
	}
	var current, open bool
	var meta [metaLen]pgtype.Text
	var names, texts []string
	args := guard(now, k)
	err := s.read(ctx, func() error {
		return s.once(ctx, s.sql.load, args, &current, &open, &meta[0], &meta[1], &meta[2], &names, &texts)
	})
	answer := refused(err, current)
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
	lost := false
	var n int64
	err := s.repeat(ctx, func() (err error) {
		n, err = s.exec(ctx, sql, args)
		lost = lost || errors.Is(err, driver.ErrUnknownOutcome)
		return err
	})
	if err != nil || n > 0 {
		return err
	}
	var lives bool
	err = s.read(ctx, func() error { return s.once(ctx, s.sql.lives, why, &lives) })
	switch {
	case errors.Is(err, pgx.ErrNoRows) && lost: // perhaps by a try that was not answered
		return nil
	case err != nil && lost && !errors.Is(err, pgx.ErrNoRows):
		return retry.Lost(err)
	}
	return cmp.Or(refused(err, !lives), driver.ErrNotFound)
}

// guard returns the first arguments of the statements that a key must open.
func guard(now time.Time, k driver.Key) []any {
	return []any{k.ID[:], k.Verifier[:], now.UnixMilli(), recently(now)}
}

// recently returns the time after which a renewal is still remembered.
func recently(now time.Time) int64 { return now.Add(-driver.RenewalWindow).UnixMilli() }

// refused returns the error of a statement that looked for one session: err, or that the verifier is not its current one.
func refused(err error, current bool) error {
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return driver.ErrNotFound
	case err == nil && !current:
		return driver.ErrRenewed
	}
	return err
}
