package etcdstore

import (
	"context"
	"errors"
	"slices"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// pageSize is how many records are read at once, less than etcd allows operations in a transaction.
const pageSize = 100

// found is a record, or why it cannot be read.
type found struct {
	id     driver.ID
	record *stored
	err    error
}

// page returns the first records of a user, or of everybody, with an ID greater than after, and whether there may be more. They are those
// of one revision, which it returns: of the one asked for or, if that is 0, of the latest.
func (s *Store) page(ctx context.Context, user string, after driver.ID, revision int64) (list []found, more bool, at int64, err error) {
	begin := s.prefix + "s/"
	if user != "" {
		begin = s.userPrefix(user)
	}
	from := begin
	if !after.IsZero() {
		from = begin + hexID(after) + "\x00"
	}
	end := clientv3.WithRange(clientv3.GetPrefixRangeEnd(begin))
	answer, err := s.read(ctx, clientv3.OpGet(from, end, clientv3.WithLimit(pageSize), clientv3.WithRev(revision)))
	if err != nil {
		return nil, false, 0, err
	}
	kvs, more := answer.Get().Kvs, answer.Get().More
	if revision == 0 {
		revision = answer.Get().Header.Revision
	}
	if user != "" && len(kvs) > 0 {
		var gets []clientv3.Op
		for _, kv := range kvs {
			id, err := idOf(kv.Key)
			if err != nil {
				return nil, false, 0, err
			}
			gets = append(gets, clientv3.OpGet(s.key(id), clientv3.WithRev(revision)))
		}
		if answer, err = s.read(ctx, clientv3.OpTxn(nil, gets, nil)); err != nil {
			return nil, false, 0, err
		}
		kvs = kvs[:0]
		for _, one := range answer.Txn().Responses {
			kvs = append(kvs, one.GetResponseRange().Kvs...)
		}
	}
	for _, kv := range kvs {
		id, err := idOf(kv.Key)
		if err != nil {
			return nil, false, 0, err
		}
		record, err := decode(kv)
		list = append(list, found{id, record, err})
	}
	return list, more, revision, nil
}

// each calls do for the records of page after page, until it returns false or an error.
func (s *Store) each(ctx context.Context, p *retry.Patience, user string, after driver.ID, do func(found) (bool, error)) error {
	for more := true; more; {
		var list []found
		err := p.Read(ctx, func() (err error) { list, more, _, err = s.page(ctx, user, after, 0); return err })
		if err != nil {
			return err
		}
		for _, one := range list {
			if on, err := do(one); err != nil || !on {
				return err
			}
			after = one.id
		}
	}
	return nil
}

// List implements [driver.Finder].
func (s *Store) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) (list []driver.Record, err error) {
	if limit < 1 {
		return nil, nil
	}
	p := retry.For(Patience)
	err = s.each(ctx, &p, user, after, func(one found) (bool, error) {
		if one.err == nil && one.record.Expires > now.UnixMilli() {
			r := one.record.record()
			r.Data = driver.Doc{}
			list = append(list, r)
		}
		return len(list) < limit, one.err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// DeleteMany implements [driver.Finder].
func (s *Store) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	p := retry.For(Patience)
	var dealt int
	var unread error
	changed := false
	err = s.each(ctx, &p, sel.User, after, func(one found) (bool, error) {
		if dealt == limit {
			next = after
			return false, nil
		}
		if one.err == nil && !selected(one.record, sel) {
			return true, nil
		}
		live := false
		err := one.err
		if err == nil {
			err = s.change(ctx, one.id, func(old *stored) (a attempt, err error) {
				if old == nil || !selected(old, sel) {
					return a, driver.ErrNotFound
				}
				live = old.Expires > now.UnixMilli()
				a.removes = true
				return a, a.put(s, old, nil)
			})
		}
		switch {
		case errors.Is(err, driver.ErrNotFound):
			return true, nil
		case errors.Is(err, driver.ErrCorrupt):
			unread = err
		case err != nil:
			changed = changed || errors.Is(err, driver.ErrUnknownOutcome)
			return false, err
		default:
			changed = true
			if live {
				n++
			}
		}
		after = one.id
		dealt++
		return true, nil
	})
	switch {
	case err != nil && changed:
		return n, driver.ID{}, p.Lost(ctx, err)
	case err != nil:
		return 0, driver.ID{}, err
	}
	return n, next, unread
}

// selected reports whether the record is in the selection.
func selected(r *stored, sel driver.Selection) bool {
	record, before := r.record(), sel.Before.Truncate(time.Millisecond)
	return (sel.User == "" || r.User == sel.User) && (before.IsZero() || record.SignedIn().Before(before)) && r.id != sel.Except
}

// Sweep implements [driver.Sweeper]: what others have used meanwhile lives on.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (n int, err error) {
	p := retry.For(Patience)
	var answer clientv3.OpResponse
	ended := clientv3.OpGet(s.prefix+"e/", clientv3.WithRange(s.endPrefix(now.UnixMilli()+1)), clientv3.WithLimit(int64(limit)))
	if err := p.Read(ctx, func() (err error) { answer, err = s.read(ctx, ended); return err }); err != nil {
		return 0, err
	}
	for _, kv := range answer.Get().Kvs {
		id, err := idOf(kv.Key)
		if err == nil {
			err = s.change(ctx, id, func(old *stored) (a attempt, err error) {
				if old == nil || old.Expires > now.UnixMilli() {
					return a, driver.ErrNotFound
				}
				a.removes = true
				return a, a.put(s, old, nil)
			})
		}
		if err == nil {
			n++
		} else if !errors.Is(err, driver.ErrNotFound) {
			return n, err
		}
	}
	return n, nil
}

// limit adds to the transaction that u's session limit holds, and what it ends.
func (s *Store) limit(ctx context.Context, now time.Time, u *driver.Update, own driver.Record, t *transaction) error {
	var list []driver.Record
	first, after := int64(0), driver.ID{}
	others := map[driver.ID]*stored{}
	for more := true; more; {
		var page []found
		var err error
		if page, more, first, err = s.page(ctx, own.User, after, first); err != nil {
			return err
		}
		for _, one := range page {
			if after = one.id; one.err == nil && one.id != own.ID && one.record.Expires > now.UnixMilli() {
				list = append(list, one.record.record())
				others[one.id] = one.record
			}
		}
	}
	ends, err := u.SessionLimit.Excess(list, own)
	if err != nil {
		return err
	}
	newer := clientv3.Compare(clientv3.ModRevision(s.userPrefix(own.User)), "<", first+1).WithPrefix()
	t.compare = append(t.compare, newer)
	for _, id := range slices.Compact(ends) {
		if err := t.put(s, others[id], nil); err != nil {
			return err
		}
	}
	return nil
}
