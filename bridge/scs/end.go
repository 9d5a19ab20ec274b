package scsbridge

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/driver"
)

// renewed is the field of a record that was renewed: whether a session under a new token has been made of it. No key has that name.
const renewed driver.Path = "%renewed"

// large are the limits of what the bridge adds to a session that ends: it has room however full that one is.
var large = driver.Limits{Size: 1 << 30}

// renewalTime is how long a session that was renewed can be stored under its new token.
const renewalTime = time.Minute

// DeleteCtx implements [scs.CtxStore]. Called by RenewToken it ends the token and keeps what the session holds for the Commit under the
// new one. Else it ends the session: then, without an error, no Commit can bring it back.
func (b *Bridge) DeleteCtx(ctx context.Context, token string) error {
	r := b.request(ctx)
	var err error
	switch k := key(token); caller() {
	case renewToken:
		err = b.renew(ctx, k, r)
	case destroy:
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

// renew ends a token. That there is no such session may be right, as in the second of two renewals, and is found out by the Commit if not.
func (b *Bridge) renew(ctx context.Context, k driver.Key, r *request) error {
	now := b.opts.Now()
	u := &driver.Update{
		Ops:    []driver.Op{driver.Set{Path: renewed, Value: driver.BoolValue(false)}},
		MaxAge: renewalTime, Lifetime: renewalTime, Deadline: now.Add(renewalTime), Renew: new(renewedKey(k.ID).Verifier),
		Attrs: driver.Attrs{attrDeadline: ""}, Limits: large,
	}
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

// notRenewed is for those who have no verifier.
var notRenewed = driver.Condition{Path: renewed, Is: driver.Exists, Value: driver.BoolValue(false)}

// end ends the session of a key, if it has not ended.
func (b *Bridge) end(ctx context.Context, k driver.Key) error {
	err := b.delete(ctx, k)
	switch {
	case errors.Is(err, driver.ErrRenewed):
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
		If:    []driver.Condition{{Path: renewed, Is: driver.Eq, Value: driver.BoolValue(false)}},
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
	if err = b.delete(ctx, endedKey(id)); errors.Is(err, driver.ErrNotFound) {
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
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		frame, more := frames.Next()
		switch frame.Function {
		case renewToken, destroy, merge:
			return frame.Function
		}
		if !more {
			return ""
		}
	}
}
