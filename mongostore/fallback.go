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
	before, err := o.store.findLive(ctx, &o.p, o.now, o.key, nil)
	if after, changed := o.keyAfter(); changed && o.lost != nil && errors.Is(err, driver.ErrNotFound) {
		if found, err := o.store.findLive(ctx, &o.p, o.now, after, nil); err == nil && slices.Contains(found.ops, o.id) {
			return o.again(found)
		}
	}
	switch {
	case err != nil:
		return driver.Result{}, err
	case o.lost == nil:
		o.id = before.nextID()
	case slices.Contains(before.ops, o.id):
		return o.again(before)
	case displaced(o.id, before.ops):
		return driver.Result{}, o.lost
	}
	if err := o.update.CheckAuthenticated(before.Authenticated); err != nil {
		return driver.Result{}, err
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
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return res, err
	}
	// Others came between. Where they are many, the command may have been overtaken by more than the record remembers: then it may do now.
	if o.lost == nil {
		o.id = before.nextID()
		if c, ok := newCommand(o.now, o.key, o.update, o.id, before.User != ""); ok {
			res, err = o.run(ctx, c)
		}
	}
	if errors.Is(err, errEval) {
		err = retry.ErrChanged
	}
	return res, err
}

// nextID returns a new ID that the record takes.
func (s *stored) nextID() retry.OpID {
	var latest []byte
	if n := len(s.ops); n > 0 {
		latest = s.ops[n-1][:]
	}
	return retry.NewOpID(latest)
}

// keyAfter returns the key that the record has once the update has taken effect, if that is another one.
func (o *operation) keyAfter() (k driver.Key, changed bool) {
	switch u := o.update; {
	case o.key.ByUser && u.User != nil:
		return driver.UserKey(o.key.ID, *u.User), true
	case !o.key.ByUser && u.Renew != nil:
		return driver.Key{ID: o.key.ID, Verifier: *u.Renew}, true
	}
	return o.key, false
}

// again answers for the update that a try before has applied to the record found.
func (o *operation) again(found stored) (driver.Result, error) {
	if found.op != o.id || o.update.Takes() {
		return driver.Result{}, o.lost // the record is no longer as the update left it, or does not tell what that took
	}
	return o.result(found)
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
	c.addMeta(o.now, before.verifier, o.update, o.id, o.update.SignsIn(before.Meta))
	return c
}
