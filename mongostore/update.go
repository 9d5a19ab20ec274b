package mongostore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// errLimit: what one command changes is one document.
var errLimit = fmt.Errorf("mongostore: a limit of sessions: %w: no command counts and ends several in one step", errors.ErrUnsupported)

// operation is one update on its way to be applied once.
type operation struct {
	store  *Store
	now    time.Time
	key    driver.Key
	update *driver.Update
	id     retry.OpID
	p      retry.Patience
	// lost is the end of the last try whose reply was lost, nil if none was: from then on only an acknowledgement says for sure
	// what became of the update.
	lost error
}

// Update implements [driver.Store]: one command, unless the server's operators would do something else than Eval, or the update
// fails. Then a second command reads the record, and a third one replaces the fields that the operations lead into, if nothing has
// changed since. One with a [driver.SessionLimit] is [errors.ErrUnsupported].
func (s *Store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	ctx, err := s.ready(ctx)
	switch {
	case err != nil:
		return driver.Result{}, err
	case u.LimitsSessions():
		return driver.Result{}, errLimit
	}
	s.turns.GiveWay(ctx, k.ID)
	o := operation{store: s, now: now, key: k, update: u, id: retry.NewOpID(nil), p: retry.For(s.timeout)}
	res, err := driver.Result{}, errEval
	if c, ok := newCommand(now, k, u, o.id, false); ok {
		res, err = o.run(ctx, c)
	}
	if errors.Is(err, errEval) {
		res, err = o.compareAndSet(ctx)
	}
	if err == nil {
		return res, nil
	}
	if o.lost != nil && !errors.Is(err, driver.ErrUnknownOutcome) {
		err = o.lost
	}
	if errors.Is(err, driver.ErrUnknownOutcome) {
		return driver.Result{}, o.p.Lost(ctx, err)
	}
	return driver.Result{}, o.p.Unchanged(ctx, err)
}

// run sends the command and returns what came of it. What has taken effect and cannot be told is an unknown outcome.
func (o *operation) run(ctx context.Context, c command) (driver.Result, error) {
	raw, err := o.settle(ctx, c)
	if err != nil {
		return driver.Result{}, err
	}
	found, err := decode(raw)
	if err != nil {
		return driver.Result{}, retry.Lost(err)
	}
	return o.result(found)
}

// settle sends the command until the server says what became of it. It returns what the record was before if the update takes
// something, else what it has become.
func (o *operation) settle(ctx context.Context, c command) (bson.Raw, error) {
	which := options.After
	if o.update.Takes() {
		which = options.Before
	}
	opts := options.FindOneAndUpdate().SetReturnDocument(which).SetProjection(projection(o.update.WrittenNames()))
	change := c.document()
	for {
		raw, err := o.store.coll.FindOneAndUpdate(ctx, c.filter, change, opts).Raw()
		err = explain(ctx, err)
		if errors.Is(err, driver.ErrUnknownOutcome) && (o.lost == nil || !errors.Is(err, ctx.Err())) {
			o.lost = err // else it only says that the time is over
		}
		if !retry.CanRepeat(err) || !o.p.Again(ctx, err) {
			return raw, err
		}
	}
}

// result makes the answer of what settle has returned. The answer is what the record has become, whatever the server has made of
// the update; only if something was taken it has to be worked out from what the record was.
func (o *operation) result(found stored) (driver.Result, error) {
	u := o.update
	if !u.Takes() {
		return driver.Result{Meta: found.Meta, Fields: u.Written(found.Data)}, nil
	}
	limits := u.Limits
	limits.Size = math.MaxInt // what it came to in between was not too large for the server
	data, taken, err := driver.Eval(context.Background(), found.Data, &driver.Update{Ops: u.Ops, Limits: limits}, o.now)
	if err != nil {
		return driver.Result{}, retry.Lost(fmt.Errorf("the server did what it should have refused: %w", err))
	}
	m := u.Meta(found.Meta, o.now)
	m.ID = o.key.ID
	return driver.Result{Meta: m, Fields: u.Written(data), Taken: taken}, nil
}
