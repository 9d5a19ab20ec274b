package scsbridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// renewed is the field of a record that was renewed: the IDs of the sessions that were made of it, under new tokens. That of one that has
// ended is true. No key has that name.
const renewed driver.Path = "%renewed"

// renewalTime is how long a session that was renewed can be stored under its new token.
const renewalTime = time.Minute

var (
	notRenewed = driver.Condition{Path: renewed, Is: driver.Exists, Value: driver.BoolValue(false)} // for those who have no verifier
	noneMade   = driver.Condition{Path: renewed, Is: driver.Eq, Value: driver.ObjectValue(driver.Doc{})}
)

// createRenewed stores the session of a token that was renewed: what it held in the end, with the changes of the request. The step that counts
// is the last: if the session was destroyed meanwhile the new one must not live.
func (b *Bridge) createRenewed(ctx context.Context, c *commit) error {
	from := c.base.id
	old, err := b.loadData(ctx, renewedKey(from))
	if err != nil {
		return err
	}
	ops := append(c.ops(c.base.data), driver.Unset{Path: renewed})
	data, _, err := driver.Eval(ctx, old, &driver.Update{Ops: ops, Limits: c.limits}, c.now)
	if err != nil {
		return err
	}
	if err = b.create(ctx, c, old, data); err == nil {
		err = b.confirm(ctx, from, c.key.ID)
	}
	if err != nil {
		if endErr := b.withdraw(context.WithoutCancel(ctx), from, c.key); endErr != nil {
			return fmt.Errorf("%w, and what is stored for it stays: %w", err, endErr)
		}
	}
	return err
}

// made is where a record that was renewed tells of a session that was made of it.
func made(id driver.ID) driver.Path { return renewed + "." + driver.Path(id.String()) }

// confirm tells a record that was renewed that a session has been made of it. If others have been, they must go on: nothing is made any more
// of what a visitor has signed out of.
func (b *Bridge) confirm(ctx context.Context, from, id driver.ID) error {
	u := &driver.Update{
		If: []driver.Condition{noneMade}, Ops: []driver.Op{driver.Set{Path: made(id), Value: driver.BoolValue(true)}}, Limits: large,
	}
	err := b.update(ctx, renewedKey(from), u)
	if !errors.Is(err, driver.ErrCondition) {
		return err
	}
	u.If = nil
	if err := b.update(ctx, renewedKey(from), u); err != nil {
		return err
	}
	return b.goesOn(ctx, from)
}

// goesOn returns nil if everything that was made of a record that was renewed goes on, as it is or renewed in its turn, and ErrNotFound
// if something has ended.
func (b *Bridge) goesOn(ctx context.Context, renewedID driver.ID) error {
	data, err := b.loadData(ctx, renewedKey(renewedID))
	if err != nil {
		return err
	}
	for name := range data.Get(string(renewed)).Doc().All() {
		id, err := driver.ParseID(name)
		if err != nil {
			return driver.Corrupt("the ID of a session")
		}
		if _, err = b.load(ctx, driver.UserKey(id, "")); errors.Is(err, driver.ErrNotFound) {
			err = b.goesOn(ctx, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// withdraw removes a session that was made of a record that was renewed, and of which nobody has been told. The record forgets it first: others
// that are made of it must not take it for one that a visitor has ended. If it cannot, they do, which is safe.
func (b *Bridge) withdraw(ctx context.Context, from driver.ID, k driver.Key) error {
	_ = b.update(ctx, renewedKey(from), &driver.Update{Ops: []driver.Op{driver.Unset{Path: made(k.ID)}}, Limits: large})
	if err := b.delete(ctx, k); !errors.Is(err, driver.ErrNotFound) {
		return err
	}
	return nil
}

// loadData returns what a record holds, if it is of a session that goes on or not.
func (b *Bridge) loadData(ctx context.Context, k driver.Key) (driver.Doc, error) {
	ctx, cancel := context.WithTimeout(ctx, b.opts.Timeout)
	defer cancel()
	r, err := b.store.Load(ctx, b.opts.Now(), k)
	return r.Data, err
}
