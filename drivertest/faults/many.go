package faults

import (
	"errors"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

func manyCases() []faultCase {
	return []faultCase{
		{"list", "half of a list is none: what is not in it nobody signs out", lostList},
		{"delete all of a user", "whoever signs out everywhere can go on until it is done, and the session that is in use stays", func(e *env) {
			lostDelete(e, func(s, other session) error { return deleteAll(s, other, user) })
		}},
		{"delete all", "the same for who signs out everybody", func(e *env) {
			if _, err := finder(e.Near).List(e.ctx, time.Now(), "", driver.ID{}, 1); !errors.Is(err, errors.ErrUnsupported) {
				lostDelete(e, func(s, other session) error { return deleteAll(s, other, "") })
			}
		}},
	}
}

// deleteAll ends all sessions of the user, through the network, but for other, and for those that have signed in later than s.
func deleteAll(s, other session, user string) error {
	sel := driver.Selection{User: user, Except: other.key.ID, Before: s.record.Created.Add(time.Second)}
	for after := (driver.ID{}); ; {
		err := s.untilKnown(func() error {
			_, next, err := finder(s.Far).DeleteMany(s.ctx, s.now, sel, after, 10)
			if err == nil {
				after = next
			}
			return err
		})
		if err != nil || after.IsZero() {
			return err
		}
	}
}
