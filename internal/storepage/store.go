package storepage

import "github.com/atomicsession/atomicsession/driver"

// Store is the reader's own.
type Store struct {
	driver.Store
	driver.Finder
}

// Open is its constructor.
func Open(_, _ string) (*Store, error) { return nil, driver.ErrUnavailable }

// Close ends it.
func (s *Store) Close() {}
