package memstore

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// List implements [driver.Finder].
func (s *Store) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []driver.Record
	for _, rec := range s.page(user, after, limit, func(r *record) bool { return r.live(now) }) {
		list = append(list, rec.listed())
	}
	return list, nil
}

// page returns the first records, in the order of their IDs, of a user ("": of all) that come after an ID and are wanted. It goes
// through them once, and sorts no more than it must.
func (s *Store) page(user string, after driver.ID, limit int, wanted func(*record) bool) []*record {
	records := s.users[user]
	if user == "" {
		records = s.records
	}
	limit = max(0, limit)
	var page []*record
	for id, rec := range records {
		if id.Compare(after) <= 0 || !wanted(rec) {
			continue
		}
		if page = append(page, rec); len(page) > 4*limit {
			page = first(page, limit)
		}
	}
	return first(page, limit)
}

func first(records []*record, n int) []*record {
	slices.SortFunc(records, func(a, b *record) int { return a.ID.Compare(b.ID) })
	return records[:min(n, len(records))]
}

// listed returns the record without its document.
func (r *record) listed() driver.Record {
	return driver.Record{Meta: r.Meta, Authenticated: r.Authenticated, Attrs: maps.Clone(r.Attrs)}
}

// DeleteMany implements [driver.Finder].
func (s *Store) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (n int, next driver.ID, err error) {
	if err := ctx.Err(); err != nil {
		return 0, driver.ID{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	limit = min(max(1, limit), 1<<30)
	page := s.page(sel.User, after, limit+1, func(r *record) bool { // one more, to know whether there is one
		return r.ID != sel.Except && (sel.Before.IsZero() || r.SignedIn().UnixMilli() < sel.Before.UnixMilli())
	})
	if len(page) > limit {
		page = page[:limit]
		next = page[limit-1].ID
	}
	for _, rec := range page {
		if rec.live(now) {
			n++
		}
		s.remove(rec)
	}
	return n, next, nil
}

// live returns the live records of a user, in no order.
func (s *Store) live(now time.Time, user string) (list []driver.Record) {
	for _, rec := range s.users[user] {
		if rec.live(now) {
			list = append(list, rec.listed())
		}
	}
	return list
}

func (s *Store) index(rec *record) {
	user := rec.User
	if user == "" {
		return
	}
	if s.users[user] == nil {
		s.users[user] = make(map[driver.ID]*record)
	}
	s.users[user][rec.ID] = rec
}

func (s *Store) unindex(m driver.Meta) {
	delete(s.users[m.User], m.ID)
	if len(s.users[m.User]) == 0 {
		delete(s.users, m.User)
	}
}
