package mysqlstore

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// procedures remembers that the server's procedures were not there, or not for the user, when one was called last.
type procedures struct{ missed atomic.Int64 } // when, in Unix nanoseconds

// missedFor is how long nobody tries again then.
const missedFor = 10 * time.Second

// mayBe reports whether it is worth while to call one.
func (p *procedures) mayBe() bool {
	return time.Since(time.Unix(0, p.missed.Load())) > missedFor
}

// missing reports whether err is that of a call of a procedure which is not there, or not for the user.
func (p *procedures) missing(err error) bool {
	missing := isNumber(err, numberNoRoutine, numberNoExecute)
	if missing {
		p.missed.Store(time.Now().UnixNano())
	}
	return missing
}

// HasProcedures reports whether updates are one CALL. Where they are not, since [Store.Migrate] was not allowed to make procedures, or the
// user is not allowed to call them, they are transactions: all works, with more round trips.
func (s *Store) HasProcedures(ctx context.Context) (bool, error) {
	if err := s.ready(ctx); err != nil {
		return false, err
	}
	o := s.newOperation(time.Now(), driver.Key{}, &driver.Update{}) // of a session that nobody has
	err := s.repeat(ctx, func() error {
		_, err := o.call(ctx, [16]byte{}, []byte{}, nil) // of change_v1, which Migrate makes last
		return err
	})
	if s.procedures.missing(err) {
		return false, nil
	}
	if err == nil {
		s.procedures.missed.Store(0)
	}
	return err == nil, err
}
