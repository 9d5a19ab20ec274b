package drivertest

import (
	"errors"

	"github.com/atomicsession/atomicsession/driver"
)

var noSessionLimitCases = []testCase{
	{"unsupported", "a store that cannot count and bind in one step must say so before it has done half of it", limitUnsupported},
}

func limitUnsupported(e *env) {
	all := e.some(3)
	s := e.create(doc(`{"a":1}`))
	for _, end := range []bool{false, true} {
		for _, most := range []int{1, 3, 4, 1000} {
			for _, k := range []driver.Key{s.key, driver.UserKey(s.key.ID, ""), {ID: s.key.ID, Verifier: newVerifier()}, newKey()} {
				for _, u := range []*driver.Update{e.signIn(driver.SessionLimit{}), {User: new("ann")}} {
					u.SessionLimit = driver.SessionLimit{Max: most, End: end}
					_, err := s.store().Update(e.ctx, e.now, k, u)
					e.fails("an update with a limit", err, errors.ErrUnsupported)
				}
			}
			for _, other := range append(all, s) {
				other.check(e.now)
			}
			e.listed("ann", all...)
		}
	}
	for _, other := range all {
		e.ok(other.store().Delete(e.ctx, e.now, other.key))
	}
	limitUnbound(e) // what is none works
}
