package linearizable

import (
	"context"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// event is one operation of a history as far as it is about one session.
type event struct {
	*operation
	answer *answer // nil: none that tells anything
	client int
	number int // of the operation in the history, in the order of calls
	// The moments of the call and of the return, in an order that all processes share. One without an answer returns after all others.
	begin, end int64

	listed   *driver.Record // of list: as what; nil: not
	claim    claim          // of deleteMany
	thorough bool           // of sweep: it had room for the session, and nobody was using it
	lossy    bool           // a reply may have been lost, and asked for again
}

// claim is what is to be found out about a [driver.Finder.DeleteMany]: whether it can have ended the session while it was live.
type claim int8

const (
	noClaim claim = iota
	endedLive
	endedNone
)

// session is a record with what a store keeps beside it.
type session struct {
	driver.Record
	verifier int
	previous int // that which the latest renewal replaced, -1 if there was none
	renewed  time.Time
	signedIn bool // by that renewal
}

// state is what may be known of one session: it is one of those, or there may be none.
type state struct {
	there []*session
	gone  bool
}

func (st *state) add(s *session) {
	if !slices.ContainsFunc(st.there, s.same) {
		st.there = append(st.there, s)
	}
}

func (s *session) same(other *session) bool {
	return s == other || s.verifier == other.verifier && s.previous == other.previous && s.signedIn == other.signedIn &&
		s.renewed.Equal(other.renewed) && diffRecords(&s.Record, &other.Record) == ""
}

func (st *state) same(other *state) bool {
	return st == other || st.gone == other.gone && slices.EqualFunc(st.there, other.there, (*session).same)
}

// step returns what may be known after e, nil if the answer is none that the contract of [driver.Store] has for any of what was known.
func (st *state) step(e *event) *state {
	after := &state{}
	if st.gone {
		e.meetsNone(after)
	}
	for _, s := range st.there {
		e.meets(s, after)
	}
	switch {
	case len(after.there) == 0 && !after.gone:
		return nil
	case after.same(st):
		return st
	}
	return after
}

// says reports whether the answer is one of these classes or is not known.
func (e *event) says(classes ...class) bool {
	return e.answer == nil || slices.Contains(classes, e.answer.Class)
}

// meetsNone adds to after what there is after e where there was no record.
func (e *event) meetsNone(after *state) {
	ok := false
	switch e.kind {
	case create:
		if e.says(0) {
			after.add(&session{Record: e.record, verifier: e.operation.verifier, previous: -1})
		}
		return
	case load:
		ok = e.says(notFound) && e.returns(&driver.Record{})
	case update:
		ok = e.says(notFound)
	case deletion:
		// A nil error means that it is known to be gone. A store whose reply was lost need not know by whom.
		ok = e.says(notFound) || e.lossy && e.says(0)
	case list:
		ok = e.listed == nil
	case deleteMany:
		ok = e.claim != endedLive
	case sweep:
		ok = true
	}
	after.gone = after.gone || ok
}

// meets adds to after what there is after e where there was s.
func (e *event) meets(s *session, after *state) {
	live := s.Expires.After(e.now)
	ok := false
	switch e.kind {
	case create:
		// An expired record may still take the ID, or not.
		if !s.Expires.After(e.record.Created) && e.says(0) {
			after.add(&session{Record: e.record, verifier: e.operation.verifier, previous: -1})
		}
		ok = e.says(exists)
	case load:
		guard := e.guard(s)
		want := &driver.Record{}
		switch {
		case guard == 0, guard == renewed && s.signedIn:
			*want = s.Record
			if e.some {
				want.Data = s.Data.Only(e.names)
			}
		case guard == replayed:
			want.ID, want.User = s.ID, s.User
		}
		ok = e.says(guard) && e.returns(want)
	case update:
		e.changes(s, after)
	case deletion:
		switch {
		case !live:
			ok = e.says(notFound) || e.lossy && e.says(0) // as where there is none
		case e.byUser && e.user != s.User:
			ok = e.says(notFound)
		case !e.byUser && e.operation.verifier != s.verifier:
			ok = e.says(renewed)
		case e.says(0):
			after.gone = true
		}
	case list:
		want := s.Record
		want.Data = driver.Doc{}
		if live && e.isIn(s) {
			ok = e.listed != nil && diffRecords(e.listed, &want) == ""
		} else {
			ok = e.listed == nil
		}
	case deleteMany:
		selected := e.selects(s)
		if e.claim == noClaim || (e.claim == endedLive) == (live && selected) {
			ok = !selected
			after.gone = after.gone || selected
		}
	case sweep:
		// It may pass over records in use.
		ok = live || !e.thorough
		after.gone = after.gone || !live
	}
	if ok {
		after.add(s)
	}
}

func (e *event) isIn(s *session) bool { return e.user == "" || e.user == s.User }

func (e *event) selects(s *session) bool {
	return e.isIn(s) && e.except != e.session && (e.before.IsZero() || s.SignedIn().Before(e.before))
}

// guard returns what a store answers to the key of e about s, 0 if it lets it through.
func (e *event) guard(s *session) class {
	switch {
	case !s.Expires.After(e.now):
		return notFound
	case e.byUser && e.user == s.User, !e.byUser && e.operation.verifier == s.verifier:
		return 0
	case e.byUser || e.operation.verifier != s.previous:
		return notFound
	case e.now.Before(s.renewed.Add(driver.RenewalWindow)):
		return renewed
	}
	return replayed
}

// changes is meets for an update.
func (e *event) changes(s *session, after *state) {
	u := e.update
	refusals := []class{e.guard(s)}
	var data driver.Doc
	var taken []driver.Value
	if refusals[0] == 0 {
		refusals = refusals[:0]
		if u.CheckAuthenticated(s.Authenticated) != nil {
			refusals = append(refusals, condition|classOf(driver.ErrReauthenticate))
		}
		var err error
		if data, taken, err = driver.Eval(context.Background(), s.Data, u, e.now); err != nil {
			refusals = append(append(refusals, classOf(err)), e.alone(s)...)
		}
	}
	if len(refusals) > 0 {
		if e.says(refusals...) {
			after.add(s)
		}
		return
	}
	next := *s
	next.Record = u.Record(s.Record, e.now)
	next.Data = data
	if u.Renew != nil {
		next.previous, next.renewed, next.signedIn = s.verifier, e.now, u.SignsIn(s.Meta)
		next.verifier = e.renewTo
	}
	result := driver.Record{Meta: next.Meta, Data: u.Written(data)}
	if e.says(0) && e.results(&result, taken) {
		after.add(&next)
	}
}

// alone returns the errors of the operations that fail by themselves. They have no order, so a store may come upon any of them first.
func (e *event) alone(s *session) (classes []class) {
	for _, op := range e.update.Ops {
		u := &driver.Update{If: e.update.If, Ops: []driver.Op{op}}
		if _, _, err := driver.Eval(context.Background(), s.Data, u, e.now); err != nil {
			classes = append(classes, classOf(err))
		}
	}
	return classes
}

// returns reports whether the answer to a load has the record.
func (e *event) returns(want *driver.Record) bool {
	return e.answer == nil || diffRecords(&e.answer.Record, want) == ""
}

// results reports whether the answer to an update has the result.
func (e *event) results(want *driver.Record, taken []driver.Value) bool {
	return e.answer == nil || diffRecords(&e.answer.Record, want) == "" && sameTaken(e.answer.Taken, taken)
}
