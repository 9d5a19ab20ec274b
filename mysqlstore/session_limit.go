package mysqlstore

import (
	"context"
	"database/sql"
	"hash/crc32"

	"github.com/atomicsession/atomicsession/driver"
)

// buckets is how many rows the table of turns has. Users who share one wait for each other while one of them signs in.
const buckets = 256

// bucket returns the row of a user.
func bucket(user string) int { return int(crc32.ChecksumIEEE([]byte(user)) % buckets) }

// takeTurn waits until no other limited update about sessions of the user is under way. It writes the row, so that nodes of a cluster
// notice each other, too.
func (s *Store) takeTurn(ctx context.Context, tx *conn, user string) error {
	n, err := tx.affected(ctx, s.sql.takeTurn.with(bucket(user)))
	if err == nil && n == 0 {
		err = errTurns
	}
	return err
}

var errTurns = driver.Corrupt("the table of turns lacks a row")

// makeRoom ends the sessions that have to end before own, which is what an update makes of it, belongs to its user. Nobody else does so for
// that user meanwhile, who has the user's turn. failed is the error of a user who has too many.
func (o *operation) makeRoom(ctx context.Context, tx *conn, own driver.Record) (failed, err error) {
	s, limit := o.store, o.update.SessionLimit
	find := s.sql.live
	if limit.End {
		find = s.sql.liveLocked
	}
	var others []driver.Record
	err = tx.each(ctx, find.with(code("NULL"), code("NULL"), own.User, own.ID[:], o.now.UnixMilli()), func(rows *sql.Rows) error {
		var r row
		if _, _, err := r.scan(rows); err != nil {
			return err
		}
		rec, err := r.record()
		others = append(others, rec)
		return err
	})
	if err != nil {
		return nil, err
	}
	ended, failed := limit.Excess(others, own)
	if failed != nil || len(ended) == 0 {
		return failed, nil
	}
	if err := tx.cascade(ctx); err != nil {
		return nil, err
	}
	return nil, tx.exec(ctx, s.sql.deleteAll.with(ids(ended)))
}

// ids returns IDs with commas between them.
func ids(all []driver.ID) code {
	bytes := make([][]byte, len(all))
	for i := range all {
		bytes[i] = all[i][:]
	}
	return list(bytes)
}
