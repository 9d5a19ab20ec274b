package faults

import (
	"errors"
	"slices"

	"github.com/atomicsession/atomicsession/driver"
)

// lostLoad and lostList lose messages of what reads one of many sessions, whole or in part, or all of them.
func lostLoad(e *env) {
	lostRead(e, 1, func(s session) ([]driver.Record, error) {
		r, err := e.Far.Load(e.ctx, s.now, s.key)
		return []driver.Record{r}, err
	})
	fields, ok := e.Far.(driver.FieldLoader)
	if !ok {
		return
	}
	lostRead(e, 1, func(s session) ([]driver.Record, error) {
		r, err := fields.LoadFields(e.ctx, s.now, s.key, []string{"f", "o"})
		if err == nil && r.Data.Text() != `{"f":"x","o":{"b":1}}` {
			e.Errorf("LoadFields returned %s", r.Data.Text())
		}
		return []driver.Record{r}, err
	})
}

func lostList(e *env) {
	lostRead(e, sessionsToRead, func(s session) ([]driver.Record, error) {
		return finder(e.Far).List(e.ctx, s.now, user, driver.ID{}, 100)
	})
}

const sessionsToRead = 8

// lostRead expects all that is there, which are so many, or an error that says no more than that nothing was read.
func lostRead(e *env, want int, read func(s session) ([]driver.Record, error)) {
	s := e.create()
	for range sessionsToRead - 1 {
		e.create()
	}
	for _, l := range slices.Concat(losses, cuts) {
		e.each(l, func() { _, _ = read(s) }, func(what string) {
			e.lose(nil)
			records, err := read(s)
			e.Proxy.Plan(nil)
			e.answers(what, err, nil)
			if errors.Is(err, driver.ErrUnknownOutcome) {
				e.Errorf("%s: it changes nothing, and yet the outcome is unknown: %v", what, err)
			}
			there := slices.ContainsFunc(records, func(r driver.Record) bool { return r.ID == s.key.ID })
			if err == nil && (len(records) != want || !there) {
				e.Errorf("%s: there are %d of %d sessions, without an error", what, len(records), want)
			}
		})
	}
}
