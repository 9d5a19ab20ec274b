package atomicsession

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// LoadOnly says what this request will read, instead of [Options].LoadOnly. The first load fetches the top-level fields that these places
// are in, and no others; without places, no field. LoadOnly does no I/O. The latest call before the first load counts. After that load, a
// call counts only for the next Refresh or Peek. A malformed place, which no read accepts, does not count.
func (s *Session) LoadOnly(places ...Place) {
	if s.outside() != nil {
		return
	}
	names, _ := s.m.fieldsOf(places)
	s.only.Store(&names)
}

// wanted returns the names of the fields that the first load is to fetch, sorted; nil if it is to fetch all.
func (s *Session) wanted() []string {
	if names := s.only.Load(); names != nil {
		return *names
	}
	return s.m.only
}

// fieldsOf returns the names of the top-level fields that places are in, and what is wrong with one of the places.
func (m *Manager) fieldsOf(places []Place) (names []string, err error) {
	at := make([]found, 0, len(places))
	for i, p := range places {
		if wrong := m.checkPlace(p); wrong != nil {
			err = fmt.Errorf("place %d: %w", i+1, wrong)
		} else {
			at = append(at, found{path: p.at().path})
		}
	}
	return topFields(at), err
}

func (m *Manager) checkPlace(p Place) error {
	if p == nil {
		return fmt.Errorf("%w: nil", ErrPath)
	}
	at := p.at()
	return cmp.Or(at.err, at.path.Check(m.opts.Limits))
}

// topFields returns the names of the top-level fields that paths lead into, sorted; nil, which stands for all, if a store takes no more
// than that.
func topFields(at []found) []string {
	names := make([]string, len(at))
	for i, f := range at {
		names[i] = f.path.Top()
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > driver.MaxFields {
		return nil
	}
	return names
}

// loadFields loads a record with these fields of its document; with all if names is nil, or the store cannot do less.
func loadFields(
	ctx context.Context, store driver.Store, now time.Time, k driver.Key, names []string,
) (r driver.Record, all bool, err error) {
	if fields, ok := store.(driver.FieldLoader); ok && names != nil {
		r, err = fields.LoadFields(ctx, now, k, names)
		return r, false, err
	}
	r, err = store.Load(ctx, now, k)
	return r, true, err
}

// look makes known what the session says of itself, if it is not: a first load, which also fetches what is wanted.
func (s *Session) look(ctx context.Context, store driver.Store, extend bool) error {
	if s.loaded || s.whole || s.state == none {
		return nil
	}
	return s.load(ctx, store, s.wanted(), extend)
}

// all makes the document known.
func (s *Session) all(ctx context.Context, store driver.Store) error {
	if s.whole || s.state == none {
		return nil
	}
	return s.load(ctx, store, nil, true)
}

// some makes known what is at the paths. Whatever it loads for that is of one moment.
func (s *Session) some(ctx context.Context, store driver.Store, at []found) error {
	if s.whole || s.state == none || cover(s.known, at) {
		return nil
	}
	names := s.wanted()
	if s.loaded || !cover(names, at) {
		names = nil
	}
	return s.load(ctx, store, names, true)
}

// cover reports whether all paths lead into fields with one of the names.
func cover(names []string, at []found) bool {
	for _, f := range at {
		if _, ok := slices.BinarySearch(names, f.path.Top()); !ok {
			return false
		}
	}
	return true
}

// load asks the store for the session, and for these fields of its document, or for all if names is nil. If extend is true, and the
// latest look was no Peek, it is a use, which extends the session and its cookie when that is due.
func (s *Session) load(ctx context.Context, store driver.Store, names []string, extend bool) error {
	extend = extend && !s.peeked
	now := s.m.now()
	r, all, err := loadFields(ctx, store, now, s.key(), names)
	if err == nil && extend {
		err = s.extend(ctx, store, now, &r)
	}
	if errors.Is(err, ErrNotFound) {
		if s.state == presented {
			s.m.replayed(ctx, store, err, r.Meta)
		}
		return s.lost(err)
	}
	if err != nil {
		return err
	}
	s.m.compareClocks(ctx, now, r.LastUsed)
	if all {
		s.learnAll(r)
	} else {
		s.learnMeta(r)
		s.know(names, r.Data)
	}
	if extend {
		s.extendCookie(now)
	}
	return nil
}

// found is a path, and what read has found there.
type found struct {
	path  driver.Path
	value driver.Value
}

// checkPaths returns what is wrong with one of the paths.
func (m *Manager) checkPaths(op string, at []found) error {
	for _, f := range at {
		if err := f.path.Check(m.opts.Limits); err != nil {
			return &driver.OpError{Op: op, Path: f.path, Err: err}
		}
	}
	return nil
}

// read makes known what is at the paths, and puts it beside them.
func (s *Session) read(ctx context.Context, op string, at []found) error {
	return s.do(ctx, op, func(ctx context.Context, store driver.Store) error { return s.readHere(ctx, store, op, at) })
}

// readHere is read for whoever has the turn.
func (s *Session) readHere(ctx context.Context, store driver.Store, op string, at []found) error {
	if err := s.m.checkPaths(op, at); err != nil {
		return err
	}
	if slices.ContainsFunc(at, func(f found) bool { return s.queued.leadsInto(f.path.Top()) }) {
		if err := s.flush(ctx, store); err != nil {
			return err
		}
	}
	return s.find(ctx, store, at)
}

// find makes known what is at the paths as the store has it, and puts it beside them.
func (s *Session) find(ctx context.Context, store driver.Store, at []found) error {
	if err := s.some(ctx, store, at); err != nil {
		return err
	}
	for i, f := range at {
		data, err := s.data.Parse(f.path.Top())
		if err != nil {
			return err
		}
		s.data = data
		at[i].value = data.Lookup(f.path)
	}
	return nil
}
