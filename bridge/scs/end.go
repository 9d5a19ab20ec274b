package scsbridge

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/driver"
)

// large are the limits of what the bridge adds to a session that ends: it has room however full that one is.
var large = driver.Limits{Size: 1 << 30}

// DeleteCtx implements [scs.CtxStore]. Called by RenewToken it ends the token and keeps what the session holds for the Commit under the
// new one. Else it ends the session: then, without an error, no Commit can bring it back, and nothing that [Options].From had.
func (b *Bridge) DeleteCtx(ctx context.Context, token string) error {
	if b.opts.From != nil && none(token) {
		return nil
	}
	r, k, by := b.request(ctx, token), key(token), ""
	if r != nil {
		by = caller()
	}
	err := b.forget(ctx, token) // first: see move
	switch {
	case err != nil:
	case by == renewToken:
		err = b.renew(ctx, k, r)
	case by == destroy:
		if !r.renewing.IsZero() { // what was loaded is not stored under this token, or nobody knows whether it is
			err = b.endRenewed(ctx, r.renewing)
		}
		if err == nil {
			err = b.end(ctx, k)
		}
		if err == nil {
			*r = request{destroyed: true}
		}
	default:
		err = b.end(ctx, k)
	}
	if err != nil {
		return fmt.Errorf("scsbridge: delete: %w", err)
	}
	return nil
}

// ending returns the update that ends a token: nobody finds the session by it any more, and its ID stays taken for renewalTime. That of a
// session whose token nobody knows, so that From may still have it, stays taken for as long as the session could have lived.
func (b *Bridge) ending(k, next driver.Key, made driver.Value) *driver.Update {
	u := &driver.Update{
		Ops:    []driver.Op{driver.Set{Path: renewed, Value: made}},
		MaxAge: lifetime, Renew: &next.Verifier, Attrs: driver.Attrs{attrDeadline: ""}, Limits: large,
	}
	if b.opts.From == nil || !k.ByUser {
		u.MaxAge, u.Lifetime, u.Deadline = renewalTime, renewalTime, b.opts.Now().Add(renewalTime)
	}
	return u
}

// renew ends a token. That there is no such session may be right, as in the second of two renewals, and is found out by the Commit if not.
func (b *Bridge) renew(ctx context.Context, k driver.Key, r *request) error {
	u := b.ending(k, renewedKey(k.ID), noneMade.Value)
	if k.ByUser {
		u.If = []driver.Condition{notRenewed}
	}
	err := b.update(ctx, k, u)
	if err != nil && !errors.Is(err, driver.ErrNotFound) && !errors.Is(err, driver.ErrCondition) {
		return err
	}
	if r.renewing.IsZero() {
		r.renewing = k.ID
	}
	return nil
}

// end ends the session of a key, if it has not ended.
func (b *Bridge) end(ctx context.Context, k driver.Key) error {
	remove := b.delete
	if b.opts.From != nil || k.ByUser { // who has no verifier is to see that it was renewed
		remove = b.bury
	}
	err := remove(ctx, k)
	switch {
	case errors.Is(err, driver.ErrRenewed), errors.Is(err, driver.ErrReplayed), errors.Is(err, driver.ErrCondition):
		return b.endRenewed(ctx, k.ID)
	case errors.Is(err, driver.ErrNotFound):
		return nil
	}
	return err
}

// endRenewed ends a session that was renewed, so that nothing can be made of it any more. If something has been, that is another session,
// which goes on: ErrRenewed.
func (b *Bridge) endRenewed(ctx context.Context, id driver.ID) error {
	err := b.update(ctx, renewedKey(id), &driver.Update{
		If:    []driver.Condition{noneMade},
		Renew: new(endedKey(id).Verifier),
	})
	switch {
	case errors.Is(err, driver.ErrCondition):
		return driver.ErrRenewed
	case errors.Is(err, driver.ErrNotFound): // another one has ended it
		return nil
	case err != nil:
		return err
	}
	return b.erase(ctx, id)
}

// bury is delete in two steps. While From is set the record stays for a while, without data, so that its ID is taken: it is at no moment free.
func (b *Bridge) bury(ctx context.Context, k driver.Key) error {
	u := b.ending(k, endedKey(k.ID), driver.BoolValue(true))
	if k.ByUser {
		u.If = []driver.Condition{notRenewed}
	}
	err := b.update(ctx, k, u)
	if absent(err) && !k.ByUser { // somebody may be about to create it
		data := driver.Doc{}.With(string(renewed), driver.BoolValue(true))
		err = b.insert(ctx, endedKey(k.ID).Verifier, newRecord(k.ID, u, data, b.opts.Now()))
		if !errors.Is(err, driver.ErrExists) {
			return err
		}
		err = b.update(ctx, k, u) // somebody has, or the session has ended before
	}
	if err != nil {
		return err
	}
	return b.erase(ctx, k.ID)
}

// erase removes what a session has held that has ended for good, and its record if nothing needs the ID.
func (b *Bridge) erase(ctx context.Context, id driver.ID) error {
	if b.opts.From == nil {
		if err := b.delete(ctx, endedKey(id)); !errors.Is(err, driver.ErrNotFound) {
			return err
		}
		return nil
	}
	data, err := b.loadData(ctx, endedKey(id))
	var ops []driver.Op
	for name := range data.All() {
		if name != string(renewed) {
			ops = append(ops, driver.Unset{Path: driver.Path(name)})
		}
	}
	for some := range slices.Chunk(ops, driver.MaxOps) {
		if err == nil {
			err = b.update(ctx, endedKey(id), &driver.Update{Ops: some, Limits: large})
		}
	}
	if errors.Is(err, driver.ErrNotFound) {
		return nil
	}
	return err
}

// The methods of scs that delete a session. What each is about differs, and scs says it in no other way than by calling.
var (
	renewToken = method((*scs.SessionManager).RenewToken)
	destroy    = method((*scs.SessionManager).Destroy)
	merge      = method((*scs.SessionManager).MergeSession)
)

// method returns the name that a function has in a stack.
func method(f any) string { return runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name() }

// caller returns which of the three has called the bridge, "" if none.
func caller() string {
	var pcs [32]uintptr
	for skip := 3; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		if n == 0 {
			return ""
		}
		for frames, more := runtime.CallersFrames(pcs[:n]), true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			switch frame.Function {
			case renewToken, destroy, merge:
				return frame.Function
			}
		}
	}
}
