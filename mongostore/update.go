package mongostore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

const (
	// maxTries is how often a command is sent whose reply is lost.
	maxTries = 3
	// patience is how long a call tries again for as long as others come in its way.
	patience = 30 * time.Second
)

// updating is one call of Update.
type updating struct {
	*Store
	now time.Time
	key driver.Key
	u   *driver.Update
	id  opID
	p   retry.Patience
	// lostErr is what took the last reply that was lost, nil if none was: from then on only an acknowledgement says
	// for sure what became of the update.
	lostErr error
}

// Update implements [driver.Store].
func (s *Store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	ctx, err := s.begin(ctx)
	if err != nil {
		return driver.Result{}, err
	}
	s.turns.GiveWay(ctx, k.ID)
	up := updating{Store: s, now: now, key: k, u: u, id: newOpID(), p: retry.For(patience)}
	c, ok := newCommand(now, k, u, up.id)
	if !ok {
		return up.resolve(ctx)
	}
	found, err := up.send(ctx, c)
	switch {
	case err == nil:
		return up.result(found)
	case errors.Is(err, mongo.ErrNoDocuments), refused(err):
		return up.resolve(ctx)
	}
	return driver.Result{}, up.fault(ctx, err)
}

// send sends the command, again if the reply is lost, and returns what the record was before if the update takes something,
// else what it has become.
func (up *updating) send(ctx context.Context, c command) (stored, error) {
	which := options.After
	if up.u.Takes() {
		which = options.Before
	}
	opts := options.FindOneAndUpdate().SetReturnDocument(which).SetProjection(c.projection)
	for try := 1; ; try++ {
		raw, err := up.coll.FindOneAndUpdate(ctx, c.filter, c.change, opts).Raw()
		if err == nil {
			return up.decode(raw)
		}
		if !lost(err) {
			return stored{}, err
		}
		if up.lostErr == nil || !errors.Is(err, ctx.Err()) { // else it only says that the time is over
			up.lostErr = err
		}
		if try == maxTries || !up.p.Wait(ctx) {
			return stored{}, err
		}
	}
}

// decode reads a record that the update has changed.
func (up *updating) decode(raw bson.Raw) (stored, error) {
	s, err := decode(raw)
	if err != nil {
		err = retry.Lost(err)
	}
	return s, err
}

// result makes the answer of what send has returned. The answer is what the record has become, whatever the server has made of
// the update; only if something was taken it has to be worked out from what the record was.
func (up *updating) result(found stored) (driver.Result, error) {
	if !up.u.Takes() {
		return driver.Result{Meta: found.Meta, Fields: up.u.Written(found.Data)}, nil
	}
	data, taken, err := driver.Eval(context.Background(), found.Data, &driver.Update{Ops: up.u.Ops, Limits: up.u.Limits}, up.now)
	if err != nil {
		return driver.Result{}, retry.Lost(fmt.Errorf("the server did what it should have refused: %w", err))
	}
	m := up.u.Meta(found.Meta, up.now)
	m.ID = up.key.ID
	return driver.Result{Meta: m, Fields: up.u.Written(data), Taken: taken}, nil
}

// fault wraps the error that ends the update.
func (up *updating) fault(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, driver.ErrUnknownOutcome):
		return err
	case up.lostErr != nil:
		return unknown(ctx, up.lostErr)
	}
	return up.Store.fault(ctx, err)
}
