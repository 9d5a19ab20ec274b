package peer

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresHand keeps a session in a row, its fields in a jsonb value: one UPDATE changes what it must.
type postgresHand struct{ pool *pgxpool.Pool }

func postgresByHand(ctx context.Context, url, place string) (hand, func(), error) {
	pool, err := postgresPool(ctx, url, place)
	if err != nil {
		return nil, nil, err
	}
	_, err = pool.Exec(ctx, `CREATE TABLE IF NOT EXISTS sessions (
		id bytea PRIMARY KEY, verifier bytea NOT NULL, expires timestamptz NOT NULL, data jsonb NOT NULL)`)
	return &postgresHand{pool}, pool.Close, err
}

func dataOf(fields []Field) map[string]string {
	data := make(map[string]string, len(fields))
	for _, f := range fields {
		data[f.Name] = f.Text
	}
	return data
}

func (h *postgresHand) create(ctx context.Context, k handKey, expires time.Time, fields []Field) error {
	_, err := h.pool.Exec(ctx, `INSERT INTO sessions VALUES ($1, $2, $3, $4)`, k.id[:], k.verifier[:], expires, dataOf(fields))
	return err
}

func (h *postgresHand) text(ctx context.Context, k handKey, name string) (string, error) {
	var text *string
	err := h.pool.QueryRow(ctx, `SELECT data->>$4 FROM sessions WHERE id = $1 AND verifier = $2 AND expires > $3`,
		k.id[:], k.verifier[:], time.Now(), name).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", errNoSession
	}
	if err != nil || text == nil {
		return "", err
	}
	return *text, nil
}

func (h *postgresHand) set(ctx context.Context, k handKey, expires time.Time, fields []Field) error {
	tag, err := h.pool.Exec(ctx, `UPDATE sessions SET data = data || $5, expires = $4 WHERE id = $1 AND verifier = $2 AND expires > $3`,
		k.id[:], k.verifier[:], time.Now(), expires, dataOf(fields))
	if err == nil && tag.RowsAffected() == 0 {
		err = errNoSession
	}
	return err
}
