package faults

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// user is whom the sessions of the suite belong to.
const user = "ann"

// document is what they hold.
const document = `{"a":{"l":[2,1],"n":1},"f":"x","l":[3,1],"n":1,"o":{"b":1}}`

// session is a session of the store as it should be. A copy is another state that the store may be in.
type session struct {
	*env
	now    time.Time
	key    driver.Key
	record driver.Record
	gone   bool

	byUser   bool       // it is reached through the network by a key of its user
	old      driver.Key // before the latest renewal, if there was one
	signedIn bool       // by that renewal
}

// newSession returns a session that is not there yet.
func (e *env) newSession() session {
	k, r := storetest.NewRecord(e, user, document)
	r.Authenticated, r.Attrs = r.Created, driver.Attrs{"agent": "old"}
	return session{env: e, now: r.Created, key: k, record: r, gone: true}
}

// create puts a session into the store.
func (e *env) create() session {
	e.Helper()
	return e.insert(e.newSession())
}

// createFor is create, with a session of nobody if u is to bind it to a user.
func (e *env) createFor(u *driver.Update) session {
	e.Helper()
	s := e.newSession()
	if u.User != nil {
		s.record.User = ""
	}
	return e.insert(s)
}

func (e *env) insert(s session) session {
	e.Helper()
	s.ok("Create", e.Near.Create(e.ctx, s.key.Verifier, s.record))
	s.gone = false
	return s
}

// after returns the session as u leaves it, and the result of u.
func (s session) after(u *driver.Update) (session, driver.Result) {
	s.Helper()
	data, taken, err := driver.Eval(s.ctx, s.record.Data, u, s.now)
	s.ok("the suite itself is wrong", errors.Join(u.Validate(), err))
	before := s.record.Meta
	s.record = u.Record(s.record, s.now)
	s.record.Data = data
	if u.Renew != nil {
		s.old, s.signedIn = s.key, u.SignsIn(before)
		s.key.Verifier = *u.Renew
	}
	return s, driver.Result{Meta: s.record.Meta, Fields: u.Written(data), Taken: taken}
}

// ended returns the session without a record.
func (s session) ended() session {
	s.gone = true
	return s
}

// far applies u through the network.
func (s session) far(ctx context.Context, u *driver.Update) (driver.Result, error) {
	k := s.key
	if s.byUser {
		k = driver.UserKey(k.ID, s.record.User)
	}
	return s.Far.Update(ctx, s.now, k, u)
}

// near applies u directly, as other clients would, and returns the session as u leaves it.
func (s session) near(u *driver.Update) session {
	s.Helper()
	if _, err := s.Near.Update(s.ctx, s.now, s.key, u); err != nil {
		s.Errorf("Update past the proxy: %v", err)
	}
	after, _ := s.after(u)
	return after
}

// end deletes the session directly.
func (s session) end() session {
	s.Helper()
	if err := s.Near.Delete(s.ctx, s.now, s.key); err != nil {
		s.Errorf("Delete past the proxy: %v", err)
	}
	return s.ended()
}

// gives reports an answer to an update that is not the result it should have, nor one of the errors allowed.
func (s session) gives(what string, got driver.Result, err error, want driver.Result, allowed ...error) {
	s.Helper()
	s.answers(what, err, append(allowed, nil)...)
	text := func(r driver.Result) string {
		return fmt.Sprintf("%v, %v, took %v", r.Meta, r.Fields.Text(), driver.ArrayValue(r.Taken...).Text())
	}
	if err == nil && text(got) != text(want) {
		s.Errorf("%s: it returned\n\t%s, want\n\t%s", what, text(got), text(want))
	}
}

// settles judges the answer to an update of s some of whose messages were lost, and returns the session as it is then: changed if the
// update was acknowledged, changed or not if the store does not know, and else as it was, also when late requests have arrived.
func (s session) settles(what string, u *driver.Update, got driver.Result, err error) session {
	s.Helper()
	after, want := s.after(u)
	after.gives(what, got, err, want)
	states := []session{s}
	switch {
	case err == nil:
		states[0] = after
	case errors.Is(err, driver.ErrUnknownOutcome):
		states = append(states, after)
	}
	states[0].check(what, states[1:]...)
	s.arrive()
	states[0].check(what+", later", states[1:]...)
	if states[len(states)-1].holds() {
		return states[len(states)-1]
	}
	return states[0]
}

// check expects the store to hold the session as it is here, or as one of the others has it.
func (s session) check(when string, others ...session) {
	s.Helper()
	states := append([]session{s}, others...)
	for range 2 { // it may have gone from one state to another between two looks
		if slices.ContainsFunc(states, session.holds) {
			return
		}
	}
	for _, state := range states {
		s.Errorf("%s: it is\n\t%s, want\n\t%s", when, state.stored(), state.text())
	}
}

func (s session) holds() bool { return s.stored() == s.text() }

// stored is what the store holds, and answers to the secret of before if there was one.
func (s session) stored() string {
	text := func(k driver.Key) string {
		r, err := s.Near.Load(s.ctx, s.now, k)
		switch {
		case errors.Is(err, driver.ErrRenewed):
			return renewedText(r)
		case errors.Is(err, driver.ErrNotFound):
			return driver.ErrNotFound.Error()
		case err != nil:
			return err.Error()
		}
		return recordText(r)
	}
	if s.old.ID.IsZero() {
		return text(s.key)
	}
	return text(s.key) + text(s.old)
}

func (s session) text() string {
	now, before := recordText(s.record), renewedText(driver.Record{})
	if s.signedIn {
		before = renewedText(s.record)
	}
	if s.gone {
		now, before = driver.ErrNotFound.Error(), driver.ErrNotFound.Error()
	}
	if s.old.ID.IsZero() {
		return now
	}
	return now + before
}

func renewedText(r driver.Record) string {
	return "; the secret of before is answered by ErrRenewed and " + recordText(r)
}

func recordText(r driver.Record) string {
	return fmt.Sprintf("%v, %v, %v, %v", r.Meta, r.Authenticated, r.Attrs, r.Data.Text())
}

// listed expects the user's list, if the store has one, to hold the session, or not to if it is gone.
func (s session) listed(when string) {
	s.Helper()
	users := finder(s.Near)
	if users == nil {
		return
	}
	list, err := users.List(s.ctx, s.now, user, driver.ID{}, 1000)
	s.ok("List", err)
	found := slices.ContainsFunc(list, func(r driver.Record) bool { return r.ID == s.key.ID })
	if found == s.gone {
		s.Errorf("%s: in the list of the user: %t", when, found)
	}
}
