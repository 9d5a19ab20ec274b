package scsbridge

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

// move makes a session of From one of the store, under the ID of its token, and returns it: ErrNotFound if From has none.
//
// None that has ended comes back. While From is set, the ID of a token that From may have is free until a session takes it, or the end of one
// (Create), and then passes from the session to what was renewed (renewedKey) and to the end (endedKey), by one Update each: nothing but
// expiry frees it again, and a token that has ended keeps it for renewalTime. Who ends a token, by Destroy, RenewToken, MergeSession or by
// hand, first has From forget it, then sees to it that the ID is taken, and only then is done; if one of these fails, so does the call.
// A move asks From and creates the session within half of renewalTime, or gives up. So one that asks
//
//   - after From has forgotten finds nothing;
//   - before, and creates before the end has the ID: the end meets the session and ends it, also if it comes in between the Update that
//     finds nothing and the Create that is to take the ID (bury);
//   - before, and creates after: ErrExists, and what it finds then is no session. It has From forget once more.
//
// If a move is killed between Create and forget, or From fails then, From has a copy. Nobody asks for it as long as the ID is taken, and an end
// has From forget it. A session that just expires does so no sooner here than its copy there: they have the same deadline, and less time
// is left to the copy, unless IdleTimeout is shorter now. A Commit that brings the deadline forward has From forget first, and one to a time
// that has passed is an end. What is left is a session that was given less than half of renewalTime to live while a move of it was under way.
func (b *Bridge) move(ctx context.Context, token string) (*state, error) {
	brief, cancel := context.WithTimeout(ctx, min(b.opts.Timeout, renewalTime/2))
	defer cancel()
	bytes, found, err := find(brief, b.opts.From, token)
	if err == nil && found {
		err = brief.Err() // not every store goes by it
	}
	if err != nil {
		return nil, fromError(err, token)
	}
	if !found {
		return nil, driver.ErrNotFound
	}
	c, r, err := b.read(key(token), bytes)
	if err != nil {
		return nil, b.unreadable(ctx, err)
	}
	if c.expired() {
		return nil, driver.ErrNotFound
	}
	s := &state{id: c.key.ID, deadline: c.deadline, data: c.data}
	err = b.insert(brief, c.key.Verifier, r)
	switch {
	case errors.Is(err, driver.ErrTooLarge):
		return nil, b.unreadable(ctx, err)
	case errors.Is(err, driver.ErrExists), errors.Is(err, driver.ErrUnknownOutcome):
		var loadErr error
		if s, loadErr = b.load(ctx, c.key); loadErr == nil || errors.Is(err, driver.ErrExists) {
			err = loadErr
		}
	}
	if err == nil || errors.Is(err, driver.ErrNotFound) { // in both cases what From has is out of date
		if err := b.forget(context.WithoutCancel(ctx), token); err != nil {
			b.opts.Logger.WarnContext(ctx, "what Options.From has of a session that has moved stays there", "error", err)
		}
	}
	return s, err
}

// read returns what a session of From becomes.
func (b *Bridge) read(k driver.Key, bytes []byte) (*commit, driver.Record, error) {
	deadline, values, err := decode(b.former, bytes)
	if err != nil {
		return nil, driver.Record{}, err
	}
	data, err := document(values)
	if err != nil {
		return nil, driver.Record{}, err
	}
	e := &encoded{deadline: deadline.Round(0), data: data}
	c := &commit{encoded: e, key: k, now: b.opts.Now(), expiry: deadline, limits: b.opts.Limits}
	if idle := b.sm.IdleTimeout; idle > 0 && c.now.Add(idle).Before(deadline) { // as scs has it
		c.expiry = c.now.Add(idle)
	}
	r, err := c.record(data, data) // it is as large as it was
	return c, r, err
}

// unreadable says that a session of From cannot be one of the store: it stays where it is, and its visitor is anonymous.
func (b *Bridge) unreadable(ctx context.Context, err error) error {
	b.opts.Logger.ErrorContext(ctx, "a session in Options.From cannot be read: its visitor is anonymous", "error", driver.OneLine(err.Error()))
	return driver.ErrNotFound
}

// forget deletes a token in From, if that is set. The tokens of AllCtx are none that From knows.
func (b *Bridge) forget(ctx context.Context, token string) error {
	if _, ok := handle(token); ok || b.opts.From == nil || none(token) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, b.opts.Timeout)
	defer cancel()
	if err := remove(ctx, b.opts.From, token); err != nil {
		return fromError(err, token)
	}
	return nil
}

// fromError returns the error of a From that has failed. What it says may hold the token that it was asked for.
func fromError(err error, token string) error {
	text := driver.OneLine(strings.ReplaceAll(err.Error(), token, "…"))
	return fmt.Errorf("%w: Options.From: %w", driver.ErrUnavailable, formerError{text, err})
}

type formerError struct {
	text string
	err  error
}

func (e formerError) Error() string { return e.text }
func (e formerError) Unwrap() error { return e.err }

// absent reports whether an error is that of a key that no record has, nor had before its latest renewal.
func absent(err error) bool {
	return errors.Is(err, driver.ErrNotFound) && !errors.Is(err, driver.ErrRenewed) && !errors.Is(err, driver.ErrReplayed)
}

// noneHashed is what HashTokenInStore makes of no token.
var noneHashed = hashed("")

// none reports whether scs means no token.
func none(token string) bool { return token == "" || token == noneHashed }
