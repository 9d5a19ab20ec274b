package mysqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// Update implements [driver.Store]: one CALL, if its operations are set, setIfAbsent, unset, take, currentDate, pushes to the end, and inc,
// mul, min, max and bit of integers, on whole top-level fields, and its conditions compare such fields with integers, ask whether they
// exist, or for a value that is written alike, and all of them hold. Else it is a compare-and-set: one statement to read what the update
// touches, and one CALL to write what it comes to; if only a first CALL could find out, such as an inc that meets a float, that comes on top.
// What limits the sessions of a user is a transaction, and so is what others have come between, whatever has lost an answer, and everything
// without procedures.
func (s *Store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if err := s.ready(ctx); err != nil {
		return driver.Result{}, err
	}
	s.turns.GiveWay(ctx, k.ID)
	o := s.newOperation(now, k, u)
	calls := !u.LimitsSessions() && s.procedures.mayBe()
	if calls && len(u.Attrs) == 0 && o.plan() {
		a, err := o.run(ctx, retry.NewOpID(nil), nil, nil)
		switch {
		case err == nil && a.is("ok"):
			return o.result(a)
		case err == nil && a.is("absent"):
			return driver.Result{}, driver.ErrNotFound
		case err != nil && !errors.Is(err, errInstead):
			return driver.Result{}, err
		}
		if errors.Is(err, errInstead) {
			return o.inTx(ctx, o.id, o.repeated)
		}
	}
	for _, name := range u.WrittenNames() { // what was planned has none that is too long
		if err := checkName(name); err != nil {
			return driver.Result{}, err
		}
	}
	if !calls {
		return o.inTx(ctx, retry.NewOpID(nil), false)
	}
	return o.compareAndSet(ctx)
}

// errInstead: the transaction has to take the place of the procedure, or to find out what that has done.
var errInstead = errors.New("mysqlstore: to be done in a transaction")

// operation is one update on its way to be applied once.
type operation struct {
	store    *Store
	key      driver.Key
	update   *driver.Update
	now      time.Time
	patience retry.Patience

	steps steps
	told  []told

	// id is that of the latest try, and repeated whether it may have been applied; then known is what it has left, if that is known. called
	// says that the procedure may still work it out itself, on whatever the session is then.
	id               retry.OpID
	repeated, called bool
	known            *driver.Result
}

func (s *Store) newOperation(now time.Time, k driver.Key, u *driver.Update) *operation {
	return &operation{store: s, key: k, update: u, now: now, patience: retry.For(s.opts.Timeout)}
}

// run calls the procedure, with the arguments of call, until it is known what became of it. The error is errInstead if that is for the
// transaction to find out.
func (o *operation) run(ctx context.Context, id retry.OpID, seen []byte, attrs any) (a answer, err error) {
	o.id = id
	err = o.patience.Once(ctx, func() (err error) {
		a, err = o.call(ctx, id, seen, attrs)
		return err
	})
	switch {
	case err == nil:
	case o.store.procedures.missing(err):
		return a, errInstead
	case errors.Is(err, driver.ErrUnknownOutcome) && o.patience.Again(ctx, err):
		o.repeated, o.called = true, seen == nil
		return a, errInstead
	}
	return a, err
}

// call calls the procedure once. seen are the operation IDs that the session must have, nil: any; attrs what its attributes become, nil: as
// they are.
func (o *operation) call(ctx context.Context, id retry.OpID, seen []byte, attrs any) (a answer, err error) {
	u := o.update
	args := append(make([]any, 0, 20),
		o.key.ID[:], o.key.Verifier[:], o.now.UnixMilli(), id[:], optionalDuration(u.MaxAge), o.steps.added, u.Limits.WithDefaults().Size,
		o.steps.letter, o.steps.name, o.steps.operand)
	query := o.store.sql.quick
	if seen != nil || !o.quick() {
		var renew, user any
		if u.Renew != nil {
			renew = u.Renew[:]
		}
		if u.User != nil {
			user = *u.User
		}
		query = o.store.sql.change
		args = append(args, []byte(o.steps.more), optional(o.key.User, o.key.ByUser), optional(seen, seen != nil),
			optionalDuration(u.Lifetime), optionalTime(u.Deadline), renew, user, optionalTime(u.Authenticated), optionalTime(u.AuthenticatedSince), attrs)
	}
	err = o.store.call(ctx, query.with(args...), a.dest()...)
	return a, err
}

// quick reports whether the update is of the simplest kind: see sql/quick.sql.
func (o *operation) quick() bool {
	u := o.update
	switch o.steps.letter {
	case "", string(stepSet):
	case string(stepInc):
		if o.steps.operand == "0" { // which quick_v1 knows by the change that it makes
			return false
		}
	default:
		return false
	}
	return len(o.steps.more) == 0 && !o.key.ByUser && u.Lifetime == 0 && u.Deadline.IsZero() && u.Renew == nil &&
		u.User == nil && u.Authenticated.IsZero() && u.AuthenticatedSince.IsZero()
}

// An operation ID names an update: the client's time, a random number, and a zero byte. A session remembers the latest 16, the oldest
// first, and the greatest that it has forgotten, its floor. An update is applied if its ID is greater than the floor and not among those
// that are remembered: so once at most, however often and however late its message arrives. A second try that is refused leaves its ID with
// the last byte 1, so that what was answered stays true when the first one arrives after all.
const (
	opLen  = len(retry.OpID{})
	mark   = opLen - 1 // where the byte is
	maxOps = 16 * opLen
)

// remember returns the IDs and the floor once id has joined them.
func remember(ops, floor []byte, id retry.OpID) (newOps, newFloor []byte) {
	if len(ops) >= maxOps {
		if string(ops[:opLen]) > string(floor) {
			floor = ops[:opLen]
		}
		ops = ops[opLen:]
	}
	return append(append(make([]byte, 0, maxOps), ops...), id[:]...), floor
}

// find returns where the ID is in ops, whatever its last byte is there, and -1 if it is not.
func find(ops []byte, id retry.OpID) int {
	for i := 0; i+opLen <= len(ops); i += opLen {
		if string(ops[i:i+mark]) == string(id[:mark]) {
			return i
		}
	}
	return -1
}
