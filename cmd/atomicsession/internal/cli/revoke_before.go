package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// setBefore reads a moment: a time, how long ago it was, or now.
func (f *sessionsFlags) setBefore(text string) error {
	now := time.Now()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		var ago time.Duration
		if ago, err = atomicsession.ParseDuration(text); text == "now" {
			ago, err = 0, nil
		}
		at = now.Add(-ago)
	}
	switch {
	case err != nil || at.IsZero():
		return errors.New("neither a time such as 2026-01-31T12:00:00Z, nor how long ago, such as 2h, nor now")
	case at.After(now): // a wrong offset, perhaps
		return errors.New("that moment is yet to come")
	}
	f.before = at.UTC().Truncate(time.Millisecond) // as stores keep times
	return nil
}

// endBefore ends what has signed in before a moment. A dry run lists and compares, as the store does.
func (f *sessionsFlags) endBefore(ctx context.Context, m *atomicsession.Manager, store string) (err error) {
	done := counted{Store: store, User: f.user, Before: &f.before, DryRun: &f.dry}
	verb := "ended "
	switch {
	case f.dry:
		verb = "would end "
		seen := 0
		done.Count, err = f.tally(ctx, m, func(info atomicsession.Info) bool {
			seen++
			r := driver.Record{Meta: driver.Meta{Created: info.Created}, Authenticated: info.Authenticated}
			return r.SignedIn().Before(f.before)
		})
		done.Complete = err == nil && f.whole(seen)
	case f.everyone:
		done.Count, err = m.RevokeEveryone(ctx, f.before)
		done.Complete = err == nil
	default:
		done.Count, err = m.RevokeBefore(ctx, f.user, f.before)
		done.Complete = err == nil
	}
	switch {
	case errors.Is(err, errors.ErrUnsupported):
	case f.inJSON:
		err = errors.Join(err, writeJSON(f.env, done))
	case err == nil || done.Count > 0:
		_, printErr := fmt.Fprintf(f.env.Stdout, "%s%s, signed in before %s\n", verb, done.text(), f.before.Format(time.RFC3339Nano))
		err = errors.Join(err, printErr)
	}
	return err
}

// stepwise is a store that tells how many sessions it has ended, and ends no more once the command is interrupted: the manager
// alone would go on for a while.
type stepwise struct {
	driver.Store
	driver.Finder
	ended       *progress
	interrupted func() error
}

// DeleteMany is that of the store.
func (s stepwise) DeleteMany(ctx context.Context, now time.Time, which driver.Selection, after driver.ID, limit int) (int, driver.ID, error) {
	if err := s.interrupted(); err != nil {
		return 0, driver.ID{}, err
	}
	n, next, err := s.Finder.DeleteMany(ctx, now, which, after, limit)
	s.ended.add(n)
	return n, next, err
}

// inSteps makes a store stepwise, if it can end many.
func (f *sessionsFlags) inSteps(ctx context.Context) func(driver.Store) driver.Store {
	return func(store driver.Store) driver.Store {
		if finder, ok := store.(driver.Finder); ok {
			return stepwise{store, finder, &progress{env: f.env, what: "ended"}, ctx.Err}
		}
		return store
	}
}
