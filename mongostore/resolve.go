package mongostore

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/atomicsession/atomicsession/driver"
)

// resolve finishes an update that the server has not applied. It reads the record to learn why: it is not there, the update
// is in error, or its reply was lost and it had been applied after all. If it is none of these, the server's operators
// were not up to it, and resolve replaces the fields by what Eval makes of them, unless the record has changed since; then
// it begins anew.
func (up *updating) resolve(ctx context.Context) (res driver.Result, err error) {
	err = up.turns.Contend(ctx, up.key.ID, &up.p, mongo.ErrNoDocuments, func() (err error) {
		res, err = up.tryResolve(ctx)
		return err
	})
	if errors.Is(err, mongo.ErrNoDocuments) {
		return driver.Result{}, up.hindered(ctx, up.lostErr != nil)
	}
	return res, err
}

// tryResolve is resolve once; the error is [mongo.ErrNoDocuments] if the record has changed since it was read.
func (up *updating) tryResolve(ctx context.Context) (driver.Result, error) {
	before, err := up.look(ctx)
	if err == nil && up.lostErr != nil {
		if slices.Contains(before.ops, up.id) {
			return up.recovered(ctx, before)
		}
		if up.id.displaced(before.ops) {
			err = up.lostErr
		}
	}
	if err != nil {
		return driver.Result{}, up.refusal(ctx, err)
	}
	data, _, err := driver.Eval(ctx, before.Data, up.u, up.now)
	if err == nil {
		err = up.u.Limits.CheckGrowth(len(appendDoc(nil, before.Data)), len(appendDoc(nil, data)))
	}
	if err == nil {
		err = checkData(len(appendDoc(nil, data)))
	}
	if err != nil {
		return driver.Result{}, up.refusal(ctx, err)
	}
	if up.lostErr == nil {
		up.id = opIDAfter(before.ops)
	}
	found, err := up.send(ctx, replacement(up.now, up.key, up.u, before, data, up.id))
	switch {
	case err == nil:
		return up.result(found)
	case errors.Is(err, mongo.ErrNoDocuments):
		return driver.Result{}, mongo.ErrNoDocuments
	}
	return driver.Result{}, up.fault(ctx, err)
}

// look reads the record. The update may have renewed its secret already.
func (up *updating) look(ctx context.Context) (stored, error) {
	before, err := up.findLive(ctx, up.now, up.key)
	if up.lostErr != nil && up.u.Renew != nil && errors.Is(err, driver.ErrNotFound) {
		return up.findLive(ctx, up.now, driver.Key{ID: up.key.ID, Verifier: *up.u.Renew})
	}
	return before, err
}

// refusal returns err, unless a reply was lost: the command may still be on its way.
func (up *updating) refusal(ctx context.Context, err error) error {
	if up.lostErr != nil {
		return unknown(ctx, up.lostErr)
	}
	return err
}

// recovered returns the result of an update whose reply was lost, if the record is still as it left it.
func (up *updating) recovered(ctx context.Context, after stored) (driver.Result, error) {
	if after.op != up.id || up.u.Takes() {
		return driver.Result{}, unknown(ctx, up.lostErr)
	}
	return driver.Result{Meta: after.Meta, Fields: up.u.Written(after.Data)}, nil
}
