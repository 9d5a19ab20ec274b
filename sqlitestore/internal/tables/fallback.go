package tables

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// asideTries is how often an update is worked out aside before the transaction does it after all.
const asideTries = 3

// updateAside works out the update where only its caller waits, and puts in what came of it in a transaction if what the update touches is
// still the same. The heavy updates of one session take turns, and light ones give way, so those of this process rarely get in each
// other's way. Other processes may: after a few times in vain the transaction does it, so none starves.
func (o *operation) updateAside(ctx context.Context) (driver.Result, error) {
	leave, err := o.store.turns.Take(ctx, o.key.ID)
	if err != nil {
		return driver.Result{}, err
	}
	defer leave()
	for range asideTries {
		res, err := o.compareAndSet(ctx)
		if !errors.Is(err, retry.ErrChanged) {
			return res, err
		}
	}
	return o.run(ctx, math.MaxInt)
}

func (o *operation) compareAndSet(ctx context.Context) (driver.Result, error) {
	var old []string
	err := o.store.read(ctx, func(c conn) error {
		return o.find(c, func(r row) (err error) {
			old, err = c.fields(r.n, o.names, math.MaxInt)
			return err
		})
	})
	if err != nil {
		return driver.Result{}, err
	}
	outcome, err := o.update.EvalTexts(ctx, o.now, old)
	if err != nil {
		return driver.Result{}, err
	}
	return o.write(ctx, func(c conn, r row) (driver.Outcome, error) {
		texts, err := c.fields(r.n, o.names, math.MaxInt)
		if err == nil && !slices.Equal(texts, old) {
			err = retry.ErrChanged
		}
		return outcome, err
	})
}
