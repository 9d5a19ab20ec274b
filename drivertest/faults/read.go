package faults

import (
	"errors"
	"slices"

	"github.com/atomicsession/atomicsession/driver"
)

// lostRead loses messages of what reads: it comes to all that is there, or to an error that says no more than that.
func lostRead(e *env) {
	const all = 8
	s := e.create()
	for range all - 1 {
		e.create()
	}
	list := func() ([]driver.Record, error) { return e.Far.List(e.ctx, s.now, user, driver.ID{}, 100) }
	load := func() ([]driver.Record, error) {
		r, err := e.Far.Load(e.ctx, s.now, s.key)
		return []driver.Record{r}, err
	}
	for _, call := range []struct {
		what string
		read func() ([]driver.Record, error)
		want int
	}{{"List", list, all}, {"Load", load, 1}} {
		for _, l := range slices.Concat(losses, cuts) {
			e.each(l, func() { _, _ = call.read() }, func(what string) {
				what = call.what + ", " + what
				e.lose(nil)
				records, err := call.read()
				e.Proxy.Plan(nil)
				e.answers(what, err, nil)
				if errors.Is(err, driver.ErrUnknownOutcome) {
					e.Errorf("%s: it changes nothing, and yet the outcome is unknown: %v", what, err)
				}
				there := slices.ContainsFunc(records, func(r driver.Record) bool { return r.ID == s.key.ID })
				if err == nil && (len(records) != call.want || !there) {
					e.Errorf("%s: there are %d of %d sessions, without an error", what, len(records), call.want)
				}
			})
		}
	}
}
