package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// The arguments of the update script, up to what is rare, if there is any, and its steps.
const (
	argNow = iota
	argVerifier
	argID
	argExpires // now and MaxAge: so the script need not make the text in the usual case
	argSteps
)

// rare is what few updates have to say; see the script.
type rare struct {
	limit, since, renewed, bind, indexedUntil, indexedUser, label, deadline, lifetime string
	rarer
}

// rarer is what even fewer have to say.
type rarer struct{ since, at, attrs string }

// What an answer of the update script holds, up to where the results of operations begin. What the read script answers is the
// same, up to where the fields begin, behind readSkip others.
const (
	ansUser    = 1
	ansMeta    = 2
	ansResults = ansMeta + len(metaFields)

	readTime = 1
	readSkip = 2
)

// errLimit: what one script changes is in one slot.
var errLimit = fmt.Errorf("redisstore: a limit of sessions: %w: no script counts and ends several in one step", errors.ErrUnsupported)

// Update implements [driver.Store]: one script call if all paths name top-level fields, no push sorts, no pull has a condition
// but equality, there is no [driver.Elements] and no [driver.ElemMatch], no two objects or arrays are asked for their order, no sequence
// fails, and nothing long is to be gone through (appendSteps, values.lua).
// Else it is a compare-and-set of the touched fields: one call to read them, one to write. Where the session has to be entered into
// the index of its user (it is bound, or a 24th of its lifetime, at least an hour, has passed since), a call for that follows, and
// then the first again.
func (s *Store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	err := s.ready(ctx)
	switch {
	case err != nil:
		return driver.Result{}, err
	case u.LimitsSessions():
		return driver.Result{}, errLimit
	}
	s.turns.GiveWay(ctx, k.ID)
	p, o := retry.For(s.timeout), s.newOperation(now, k, u)
	var ok bool
	if o.args, ok = appendSteps(o.args, u, now); ok {
		res, err := o.run(ctx, &p)
		if !errors.Is(err, errEval) {
			return res, err
		}
	}
	return s.compareAndSet(ctx, &p, now, k, u)
}

// newOperation returns the operation without its steps.
func (s *Store) newOperation(now time.Time, k driver.Key, u *driver.Update) operation {
	args := make([]string, argSteps, argSteps+4*(len(u.If)+len(u.Ops)))
	args[argNow] = timeText(now)
	args[argVerifier] = keyText(k)
	if u.MaxAge != 0 {
		args[argExpires] = timeText(now.Add(u.MaxAge))
	}
	o := operation{store: s, key: k, update: u, now: now, args: args}
	o.rare.deadline, o.rare.lifetime = optionalTime(u.Deadline), optionalDuration(u.Lifetime)
	if size := u.Limits.WithDefaults().Size; size != defaultSize {
		o.rare.limit = strconv.Itoa(size)
	}
	if u.Renew != nil {
		o.rare.renewed = verifierText(*u.Renew)
	}
	if u.User != nil {
		o.rare.bind = "=" + *u.User
	}
	if label, ok := u.Attrs[attrLabel]; ok {
		o.rare.label = "=" + label
	}
	o.rare.rarer = rarer{optionalTime(u.AuthenticatedSince), optionalTime(u.Authenticated), attrsText(u.Attrs)}
	return o
}

// operation is one update on its way to be applied once.
type operation struct {
	store  *Store
	key    driver.Key
	update *driver.Update
	now    time.Time
	args   []string
	id     string // the operation ID, without which args are not complete
	rare   rare
	// known, if not nil, is what the update leaves and takes, whatever the script finds.
	known *driver.Result
}

// run sends the update and returns what came of it.
func (o *operation) run(ctx context.Context, p *retry.Patience) (driver.Result, error) {
	a, err := o.settle(ctx, p)
	if err != nil {
		return driver.Result{}, err
	}
	switch a.status() {
	case "ok", "last", "earlier":
		o.store.wrote(o.key.ID)
		res, err := o.result(a)
		if err != nil { // it has taken effect, whatever is wrong with what it met
			err = retry.Lost(err)
		}
		return res, err
	}
	return driver.Result{}, o.failure(a)
}

// complete returns the arguments of the update script. They belong to args until the next call.
func (o *operation) complete() []string {
	o.args[argID] = o.id
	r := &o.rare
	if *r == (rare{}) {
		return o.args
	}
	more := []string{"rare", r.limit, r.since, r.renewed, r.bind, r.indexedUntil, r.indexedUser, r.label, r.deadline, r.lifetime}
	if r.rarer != (rarer{}) {
		more = append(more, "rarer", r.rarer.since, r.at, r.attrs)
	}
	return slices.Concat(o.args[:argSteps], more, o.args[argSteps:])
}

// settle sends the update until it is known what became of it, and repeats it where that is the only way to know. It returns
// the answer of the update script or, if that was lost, the same from the read script: then its first part is "last" if no
// other update has come after it, else "earlier".
func (o *operation) settle(ctx context.Context, p *retry.Patience) (answer, error) {
	s, key := o.store, o.store.sessionKey(o.key.ID)
	o.id = newOpID()
	sent := time.Now()
	for {
		a, err := s.exec(ctx, p, updateScript, key, o.complete())
		if err != nil && o.rare.since == "" && !errors.Is(err, driver.ErrUnknownOutcome) {
			return nil, err
		}
		switch status := a.status(); {
		case err != nil, status == "done":
			found, lookErr := o.look(ctx, p, sent)
			if lookErr != nil {
				return nil, p.Lost(ctx, cmp.Or(err, lookErr))
			}
			if found.status() != "" && (s.replicas == 0 || status == "done") {
				return found, nil
			}
			if err != nil && !p.Again(ctx, err) {
				return nil, p.Lost(ctx, err)
			}
		case status == "index":
			if err := o.enter(ctx, p, a.text(1), parseTime(a.text(2))); err != nil {
				if o.rare.since != "" {
					err = p.Lost(ctx, err)
				}
				return nil, err
			}
		case status == "refused": // by a repeated try whose reply was lost: none under this ID can be applied any more
			o.id, o.rare.since = newOpID(), ""
			sent = time.Now()
		default:
			return a, nil
		}
	}
}

// clockSlack is how far the clocks of a server and of the one that replaces it may be apart.
const clockSlack = 500 * time.Millisecond

// look reads what became of a try; the first part of the answer is empty if there is no trace of it. And it prepares the
// update to be repeated: it works out a time of the server before which the first try, sent when sent says, cannot have been
// executed.
func (o *operation) look(ctx context.Context, p *retry.Patience, sent time.Time) (answer, error) {
	args := append([]string{o.args[argNow], o.args[argVerifier], o.id}, o.update.WrittenNames()...)
	a, err := o.store.ask(ctx, p, o.key.ID, args)
	if err != nil {
		return nil, err
	}
	o.rare.since = timeText(parseTime(a.text(readTime)).Add(-time.Since(sent) - clockSlack))
	return a[min(readSkip, len(a)):], nil
}

var errExtended = errors.New("other changes of the session keep extending its life")

// enter makes sure that the user's index holds the session until well after expires. More than once for one update it is needed
// where others extend the session's life meanwhile.
func (o *operation) enter(ctx context.Context, p *retry.Patience, user string, expires time.Time) error {
	if err := retry.Refused(errExtended); o.rare.indexedUntil != "" && !p.Again(ctx, err) {
		return p.Unchanged(ctx, err)
	}
	until := indexUntil(o.now, expires)
	if err := o.store.index(ctx, p, user, o.key.ID.String(), until); err != nil {
		return err
	}
	o.rare.indexedUntil, o.rare.indexedUser = until, user
	return nil
}
