package pgstore

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// errEval: the server cannot tell what the update comes to. Nothing was changed.
var errEval = errors.New("pgstore: to be evaluated by the client")

// Update implements [driver.Store]: one statement, unless an operation is a push that sorts, a path leads through an array, a string or JSON
// that must be read holds NUL, the order of two objects or arrays is asked for, a pull meets an array in a field that it asks for, arrays are
// to be searched for each element of another one, an [driver.Elements] fails, or there is much to go through (plan; arrays.sql). Then it is a
// compare-and-set of the touched fields: one statement to read them, one to write.
func (s *Store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if err := s.ready(ctx); err != nil {
		return driver.Result{}, err
	}
	s.turns.GiveWay(ctx, k.ID)
	o := s.newOperation(now, k, u)
	if o.plan() {
		a, err := o.run(ctx)
		if err == nil {
			return o.result(a)
		} else if !errors.Is(err, errEval) && (!o.nested || !isDenied(err) || errors.Is(err, driver.ErrUnknownOutcome)) {
			return driver.Result{}, err
		}
	}
	return s.compareAndSet(ctx, now, k, u)
}

// The kinds of fields; see sql/functions/update.sql.
const (
	kindSet     = "s"
	kindSetRead = "b"
	kindChanged = "w"
	kindRead    = "r"
)

// stepLen is how many texts make a step.
const stepLen = 6

// operation is one update on its way to be applied once.
type operation struct {
	store  *Store
	key    driver.Key
	update *driver.Update
	now    time.Time

	// The arguments of the function that say what to do with the document.
	names  []string
	kinds  []string
	values []*string
	steps  []string

	// nested is whether the steps need the functions of sql/functions/nested.sql: a schema that an older program has made may not have them.
	nested bool
	// stepOps are the operations that the steps after those of the conditions stand for.
	stepOps []driver.Op
	// sets holds the values behind the texts in values.
	sets []driver.Value
}

func (s *Store) newOperation(now time.Time, k driver.Key, u *driver.Update) *operation {
	return &operation{store: s, key: k, update: u, now: now, names: []string{}, kinds: []string{}, values: []*string{}, steps: []string{}}
}

// field returns the number of the field in the arguments, from 1. One that conditions read keeps being read.
func (o *operation) field(name, kind string) int {
	i := slices.Index(o.names, name)
	switch {
	case i < 0:
		o.names, o.kinds = append(o.names, name), append(o.kinds, kind)
		o.values, o.sets = append(o.values, nil), append(o.sets, driver.Value{})
		return len(o.names)
	case o.kinds[i] == kindRead && kind == kindSet:
		o.kinds[i] = kindSetRead
	case o.kinds[i] == kindRead:
		o.kinds[i] = kind
	}
	return i + 1
}

// set sets the field to the value, or removes it if that is missing.
func (o *operation) set(name string, v driver.Value) {
	i := o.field(name, kindSet) - 1
	o.sets[i] = v
	if v.Exists() {
		text := v.Text()
		o.values[i] = &text
	}
}

// step adds a condition or an operation.
func (o *operation) step(word string, field int, path driver.Path, operands ...string) {
	o.steps = append(o.steps, word, strconv.Itoa(field), string(path))
	o.steps = append(o.steps, operands...)
	for len(o.steps)%stepLen != 0 {
		o.steps = append(o.steps, "")
	}
}

// run sends the update, and returns the answer if it was applied.
func (o *operation) run(ctx context.Context) (answer, error) {
	a, err := o.settle(ctx, retry.NewOpID(nil), false)
	if err != nil {
		return nil, err
	}
	return o.applied(a)
}

// applied returns the answer if it is that to an update that was applied.
func (o *operation) applied(a answer) (answer, error) {
	switch a.status() {
	case "ok", "last":
		return a, nil
	}
	return nil, o.failure(a)
}

// settle sends the update until it is known what became of it, under the ID or, if it may have been sent under that, again.
func (o *operation) settle(ctx context.Context, id retry.OpID, repeated bool) (a answer, err error) {
	p := retry.For(o.store.timeout)
	for {
		err = p.Repeat(ctx, func() (err error) {
			a, err = o.send(ctx, id, repeated)
			repeated = repeated || errors.Is(err, driver.ErrUnknownOutcome)
			return err
		})
		switch {
		case err != nil && repeated: // be it before the first of these tries
			return nil, p.Lost(ctx, err)
		case err == nil && a.status() == "late":
			if !p.Again(ctx, retry.ErrChanged) { // a damaged session may be later than any ID
				return nil, p.Unchanged(ctx, retry.Refused(retry.ErrChanged))
			}
			id = a.later()
		case err == nil && a.status() == "refused": // by a repeated try whose reply was lost: none under this ID can be applied any more
			id, repeated = retry.NewOpID(nil), false
		default:
			return a, err
		}
	}
}

func (o *operation) send(ctx context.Context, id retry.OpID, repeated bool) (answer, error) {
	call, args := o.call(id, repeated)
	var list []pgtype.Text
	_, err := o.store.once(ctx, call, args, &list)
	if err == nil && answer(list).status() == "isolation" {
		err = o.store.inTx(ctx, func(tx conn) error {
			_, err := tx.query(ctx, call, args, []any{&list}, next)
			return err
		})
	}
	return answer(list), err
}

// call returns the statement that applies the update.
func (o *operation) call(id retry.OpID, repeated bool) (call string, args []any) {
	u := o.update
	var renew []byte
	if u.Renew != nil {
		renew = u.Renew[:]
	}
	args = append(make([]any, 0, 23), o.key.ID[:], o.key.Verifier[:], o.now.UnixMilli(), recently(o.now), id[:], repeated,
		optional(u.MaxAge.Milliseconds(), u.MaxAge != 0), renew, u.User, int64(u.Limits.WithDefaults().Size), o.names, o.kinds, o.values, o.steps)
	sql := o.store.sql.calls
	if o.nested {
		sql = o.store.sql.nestedCalls
	}
	call = sql.update
	if !repeated && o.quick() {
		call, args = sql.quick, append(args, o.added())
		if len(o.steps) == 0 && !slices.Contains(o.values, nil) && o.store.server.prepares() {
			call = sql.set
		}
	} else {
		limited := u.LimitsSessions()
		args = append(args, optional(u.Lifetime.Milliseconds(), u.Lifetime != 0), optionalTime(u.Deadline), optionalTime(u.Authenticated),
			changedAttrs(u.Attrs), optionalTime(u.AuthenticatedSince), optional(o.key.User, o.key.ByUser),
			optional(int32(min(u.SessionLimit.Max, math.MaxInt32)), limited), optional(u.SessionLimit.End, limited),
			optional(u.SessionLimit.Except[:], !u.SessionLimit.Except.IsZero()))
	}
	return call, args
}

// quick reports whether the update is of the simplest kind: see sql/functions/quick.sql, and sql/statements/set.sql for those without steps.
func (o *operation) quick() bool {
	u := o.update
	if o.key.ByUser || u.LimitsSessions() || u.Lifetime != 0 || !u.Deadline.IsZero() || !u.Authenticated.IsZero() || !u.AuthenticatedSince.IsZero() ||
		len(u.Attrs) > 0 {
		return false
	}
	if len(o.steps) == 0 {
		return true
	}
	if len(o.steps) > stepLen || len(o.stepOps) == 0 || len(o.names) > 1 { // a step may also be a condition
		return false
	}
	switch o.stepOps[0].(type) {
	case driver.Take, driver.Rename:
		return false
	}
	return true
}

// added returns how much longer the document would be if none of its fields had existed.
func (o *operation) added() (n int64) {
	for i, text := range o.values {
		if text != nil {
			n += int64(len(o.names[i]) + len(*text))
		}
	}
	return n
}
