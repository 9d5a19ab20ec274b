package pgstore

import (
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
	args := append(createArgs(&r), v[:], int64(r.Data.Size()), op[:], names, texts)
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
	return s.load(ctx, k, s.sql.load, guard(now, k))
}

// LoadFields implements [driver.FieldLoader]: one statement.
func (s *Store) LoadFields(ctx context.Context, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	if names == nil {
		names = []string{} // and not null
	}
	return s.load(ctx, k, s.sql.loadFields, append(guard(now, k), names))
}

func (s *Store) load(ctx context.Context, k driver.Key, sql string, args []any) (driver.Record, error) {
	if err := s.ready(ctx); err != nil {
		return driver.Record{}, err
	}
	var state string
	var names, texts []string
	var row row
	found, err := s.read(ctx, sql, args, row.dest([]any{&state}, &names, &texts)...)
	answer := refused(found, state, err)
	switch {
	case err != nil:
		return driver.Record{}, err
	case errors.Is(answer, driver.ErrReplayed):
		return driver.Record{Meta: driver.Meta{ID: k.ID, User: row.meta[0].String}}, answer
	case answer != nil && state != stateOpen:
		return driver.Record{}, answer
	}
	r, err := row.record(k.ID)
	if err != nil {
		return driver.Record{}, err
	}
	if r.Data, err = driver.ParseFields(names, texts); err != nil {
		return driver.Record{}, err
	}
	return r, answer
}

// Delete implements [driver.Store]: one statement, and one more where it finds nothing to delete, to find out why. It may be repeated, since
// nothing brings a session back.
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	p, lost := retry.For(s.timeout), false
	args := guard(now, k)
	for {
		var n int64
		err := p.Repeat(ctx, func() (err error) {
			n, err = s.once(ctx, s.sql.delete, args[:4])
			lost = lost || errors.Is(err, driver.ErrUnknownOutcome)
			return err
		})
		if err != nil || n > 0 {
			return err
		}
		var lives bool
		var fits pgtype.Bool // null to a key without a verifier
		found, err := s.read(ctx, s.sql.lives, args[:3], &lives, &fits)
		switch {
		case lost && err != nil:
			return retry.Lost(err)
		case err != nil:
			return err
		case lost && !found: // perhaps by a try that was not answered
			return nil
		case lives && fits.Bool: // it has begun, been used or been renewed since the statement before
			continue
		case lives && fits.Valid:
			return driver.ErrRenewed
		}
		return driver.ErrNotFound
	}
}

// guard returns the first arguments of the statements that a key must open: the second is the verifier, or the fourth the user.
func guard(now time.Time, k driver.Key) []any {
	if k.ByUser {
		return []any{k.ID[:], nil, now.UnixMilli(), k.User, recently(now)}
	}
	return []any{k.ID[:], k.Verifier[:], now.UnixMilli(), nil, recently(now)}
}

// recently returns the time after which a renewal is still remembered.
func recently(now time.Time) int64 { return now.Add(-driver.RenewalWindow).UnixMilli() }

// What the files in sql call {current}, {key}, {guard} and {state}, about a session s and the arguments of guard.
const (
	// currentSQL is whether the key is the session's, or null.
	currentSQL = "s.verifier OPERATOR(pg_catalog.=) $2::pg_catalog.bytea OR coalesce(s.username, '') OPERATOR(pg_catalog.=) $4::pg_catalog.text"
	// keySQL is beside the session for whoever asks that several times.
	keySQL = "LATERAL (SELECT " + currentSQL + ") k (fits)"
	// guardSQL is whether it is, or was before the latest renewal.
	guardSQL = "s.id OPERATOR(pg_catalog.=) $1::pg_catalog.bytea AND s.expires OPERATOR(pg_catalog.>) $3::bigint " +
		"AND (k.fits OR s.previous OPERATOR(pg_catalog.=) $2::pg_catalog.bytea)"
	// stateSQL says which.
	stateSQL = "CASE WHEN k.fits THEN 'current' WHEN s.renewed OPERATOR(pg_catalog.<=) $5::bigint THEN 'replayed' " +
		"WHEN s.signed_in THEN '" + stateOpen + "' ELSE 'renewed' END"
	// stateOpen is that of a renewal that signed in: the key before opens the session all the same.
	stateOpen = "open"
)

// refused returns the error of a statement that looked for one session: err, that it has found none, or the one of the state.
func refused(found bool, state string, err error) error {
	switch {
	case err != nil:
		return err
	case !found:
		return driver.ErrNotFound
	case state == "current":
		return nil
	case state == "replayed":
		return driver.ErrReplayed
	}
	return driver.ErrRenewed
}
