package mongostore

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// compareAndSet finishes an update that the server has not applied. It reads the record to learn why: it is not there, the update
// is in error, or its reply was lost and it had been applied after all. If it is none of these, the server's operators
// were not up to it, and the fields are replaced by what Eval makes of them, unless the record has changed since: then it begins
// anew.
func (o *operation) compareAndSet(ctx context.Context) (res driver.Result, err error) {
	err = o.store.turns.Contend(ctx, o.key.ID, &o.p, func() (err error) {
		res, err = o.tryToSet(ctx)
		return err
	})
	return res, err
}

// tryToSet is compareAndSet once; the error is [retry.ErrChanged] if the record has changed since it was read.
func (o *operation) tryToSet(ctx context.Context) (driver.Result, error) {
	before, err := o.store.findLive(ctx, &o.p, o.now, o.key)
	if o.lost != nil && o.update.Renew != nil && errors.Is(err, driver.ErrNotFound) { // it may have renewed the secret
		before, err = o.store.findLive(ctx, &o.p, o.now, driver.Key{ID: o.key.ID, Verifier: *o.update.Renew})
	}
	switch {
	case err != nil:
		return driver.Result{}, err
	case o.lost == nil:
		var latest []byte
		if n := len(before.ops); n > 0 {
			latest = before.ops[n-1][:]
		}
		o.id = retry.NewOpID(latest)
	case slices.Contains(before.ops, o.id):
		if before.op != o.id || o.update.Takes() {
			return driver.Result{}, o.lost // the record is no longer as the update left it, or does not tell what that took
		}
		return o.result(before)
	case displaced(o.id, before.ops):
		return driver.Result{}, o.lost
	}
	data, _, err := driver.Eval(ctx, before.Data, o.update, o.now)
	if err != nil {
		return driver.Result{}, err
	}
	size := len(appendDoc(nil, data))
	if err := cmp.Or(o.update.Limits.CheckGrowth(len(appendDoc(nil, before.Data)), size), checkData(size)); err != nil {
		return driver.Result{}, err
	}
	res, err := o.run(ctx, o.replacement(before, data))
	if errors.Is(err, mongo.ErrNoDocuments) {
		err = retry.ErrChanged
	}
	return res, err
}

// replacement returns the command that puts data, which Eval has made of the record before, in the place of what that holds.
func (o *operation) replacement(before stored, data driver.Doc) command {
	c := command{filter: append(guard(o.now, o.key), fresh(o.id)...), piped: true}
	c.filter = append(c.filter, bson.E{Key: fieldOp, Value: bin(before.op[:])})
	for _, name := range o.update.WrittenNames() {
		if v := data.Get(name); v.Exists() {
			c.set(fieldData+"."+name, rawValue(v))
		} else {
			c.unset(fieldData + "." + name)
		}
	}
	c.addExpiry(o.now, o.update)
	c.addMeta(o.now, o.key, o.update, o.id, o.update.SignsIn(before.Meta))
	return c
}
