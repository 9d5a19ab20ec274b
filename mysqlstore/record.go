package mysqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// Create implements [driver.Store]: one CALL or, without procedures, a transaction.
func (s *Store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	for f := range r.Data.Len() {
		if err := checkName(r.Data.At(f).Name); err != nil {
			return err
		}
	}
	op := retry.NewOpID(nil)
	p, exists := retry.For(s.opts.Timeout), false
	err := p.Once(ctx, func() (err error) {
		exists, err = s.create(ctx, v, &r, op)
		return err
	})
	switch {
	case errors.Is(err, driver.ErrUnknownOutcome): // has it arrived? It is never sent again
		if found, err := s.exists(ctx, s.sql.created.with(r.ID[:], op[:])); err == nil && found {
			return nil
		}
	case err == nil && exists:
		return driver.ErrExists
	}
	return err
}

func (s *Store) create(ctx context.Context, v driver.Verifier, r *driver.Record, op retry.OpID) (exists bool, err error) {
	meta := []any{
		r.ID[:], v[:], optional(r.User, r.User != ""), optionalTime(r.Authenticated), optional(r.Attrs.Text(), len(r.Attrs) > 0),
		r.Created.UnixMilli(), r.LastUsed.UnixMilli(), r.Expires.UnixMilli(), r.Lifetime.Milliseconds(), optionalTime(r.Deadline),
		r.Data.Size(), op[:],
	}
	if s.procedures.mayBe() {
		var fields packed
		for i := range r.Data.Len() {
			f := r.Data.At(i)
			fields.add(stepSet, f.Name, f.Value.Text())
		}
		var created bool
		err := s.call(ctx, s.sql.createSession.with(append(meta, []byte(fields))...), &created)
		if !s.procedures.missing(err) {
			return !created, err
		}
	}
	err = s.inTx(ctx, func(tx *conn) error {
		err := tx.exec(ctx, s.sql.insertSession.with(append(meta, hour(r.Expires))...))
		if isNumber(err, numberDuplicate) {
			exists = true
			return nil
		}
		if err != nil || r.Data.Len() == 0 {
			return err
		}
		fields := make([]driver.Field, r.Data.Len())
		for i := range fields {
			fields[i] = r.Data.At(i)
		}
		return tx.exec(ctx, s.sql.insertFields.with(rows(r.ID, fields)))
	})
	return exists, err
}

// rows returns fields of a session as an INSERT has them.
func rows(id driver.ID, fields []driver.Field) code {
	var text []byte
	for i, f := range fields {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendLiteral(append(text, '('), id[:])
		text = appendLiteral(append(text, ','), f.Name)
		text = append(appendLiteral(append(text, ','), f.Value.Text()), ')')
	}
	return code(text)
}

// Load implements [driver.Store]: one statement, or two if it finds nothing.
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	return s.load(ctx, now, k, "")
}

// LoadFields implements [driver.FieldLoader]: one statement, or two if it finds nothing.
func (s *Store) LoadFields(ctx context.Context, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	return s.load(ctx, now, k, " AND f.name IN ("+named(names)+")")
}

// named returns the names, or one that no field has if there are none.
func named(names []string) code {
	if len(names) == 0 {
		return "x''"
	}
	return list(names)
}

func (s *Store) load(ctx context.Context, now time.Time, k driver.Key, only code) (driver.Record, error) {
	if err := s.ready(ctx); err != nil {
		return driver.Record{}, err
	}
	fits, fitted := key(k)
	query := s.sql.load.with(fits, fitted, fits, recently(now), only, k.ID[:], now.UnixMilli(), fits, fitted)
	var r row
	var names, texts []string
	found := false
	err := s.readAll(ctx, query, func() { r, names, texts, found = row{}, nil, nil, false }, func(rows *sql.Rows) (isCurrent bool, err error) {
		name, text, err := r.scan(rows)
		if name != nil {
			names, texts = append(names, string(name)), append(texts, string(text))
		}
		found = true
		return r.isCurrent, err
	})
	if err != nil {
		return driver.Record{}, err
	}
	if !found {
		return driver.Record{}, driver.ErrNotFound
	}
	answer := r.guard(now)
	switch {
	case errors.Is(answer, driver.ErrReplayed):
		return driver.Record{Meta: driver.Meta{ID: k.ID, User: r.user()}}, answer
	case answer != nil && (!errors.Is(answer, driver.ErrRenewed) || !r.signedIn):
		return driver.Record{}, answer
	}
	rec, err := r.record()
	if err != nil {
		return driver.Record{}, err
	}
	if rec.Data, err = driver.ParseFields(names, texts); err != nil {
		return driver.Record{}, err
	}
	return rec, answer
}

// Delete implements [driver.Store]: one statement, and one or two where it finds nothing to delete, to find out why. It may be repeated,
// since nothing brings a session back.
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	p, lost := retry.For(s.opts.Timeout), false
	fits, _ := key(k)
	query := func(condition code) string { return s.sql.delete.with(k.ID[:], now.UnixMilli(), fits, condition) }
	for isAlone := true; ; isAlone = false {
		var n int64
		err := p.Repeat(ctx, func() (err error) {
			n, err = s.removeOnce(ctx, isAlone, query)
			lost = lost || errors.Is(err, driver.ErrUnknownOutcome)
			return err
		})
		if err != nil || n > 0 {
			return err
		}
		var found, lives, fit bool
		why := s.sql.lives.with(now.UnixMilli(), fits, k.ID[:])
		err = s.readAll(ctx, why, func() { found = false }, func(rows *sql.Rows) (isCurrent bool, err error) {
			found = true
			return isCurrent, rows.Scan(&isCurrent, &lives, &fit)
		})
		switch {
		case lost && err != nil:
			return retry.Lost(err)
		case err != nil:
			return err
		case lost && !found: // perhaps by a try that was not answered
			return nil
		case lives && fit: // it has begun, been used or been renewed since the statement before; or that would not have been committed
			continue
		case lives && !k.ByUser:
			return driver.ErrRenewed
		}
		return driver.ErrNotFound
	}
}
