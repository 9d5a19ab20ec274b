package tables

import (
	"bytes"
	"context"
	"math"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// List implements [driver.Finder].
func (s *Store) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	var list []driver.Record
	err := s.read(ctx, func(c conn) (err error) {
		list, err = c.list(now, user, after, limit)
		return err
	})
	return list, err
}

func (c conn) list(now time.Time, user string, after driver.ID, limit int) (list []driver.Record, err error) {
	for s, err := range All(c.Conn, c.of(user).list, user, after[:], now.UnixMilli(), max(0, limit)) {
		if err != nil {
			return nil, err
		}
		r, err := scanRecord(s)
		if err != nil {
			return nil, err
		}
		list = append(list, r.Record)
	}
	return list, nil
}

// makeRoom ends the sessions that have to end before own, which is what an update makes of it, belongs to its user.
func (c conn) makeRoom(now time.Time, limit driver.SessionLimit, own driver.Record) error {
	list, err := c.list(now, own.User, driver.ID{}, math.MaxInt)
	if err != nil {
		return err
	}
	ended, err := limit.Excess(list, own)
	for _, id := range ended {
		if err == nil {
			err = c.Run(c.endByID, id[:])
		}
	}
	return err
}

// DeleteMany implements [driver.Finder]: a step is one transaction. What it is about is looked up before, so that others do not wait for that.
func (s *Store) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	limit = min(max(1, limit), math.MaxInt-1)
	before := int64(math.MaxInt64)
	if !sel.Before.IsZero() {
		before = sel.Before.UnixMilli()
	}
	var ids [][]byte // somebody else may have written one that has another length
	more := false
	err = s.read(ctx, func(c conn) error {
		ids, more = nil, false
		// One more, to know whether there is one.
		for s, err := range All(c.Conn, c.of(sel.User).ids, sel.User, after[:], sel.Except[:], before, limit+1) {
			if err != nil {
				return err
			}
			if more = len(ids) == limit; !more {
				ids = append(ids, bytes.Clone(s.Bytes(0)))
			}
		}
		return nil
	})
	if err != nil || len(ids) == 0 {
		return 0, driver.ID{}, err
	}
	live := 0
	err = s.write(ctx, func(c conn) error {
		live = 0
		for _, id := range ids {
			for s, err := range All(c.Conn, c.deleteSelected, id, sel.User, sel.User, before) {
				if err != nil {
					return err
				}
				if s.Int64(0) > now.UnixMilli() {
					live++
				}
			}
		}
		return nil
	})
	if err != nil {
		return 0, driver.ID{}, err
	}
	if more {
		copy(next[:], ids[limit-1])
	}
	return live, next, nil
}
