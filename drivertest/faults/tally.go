package faults

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// tally is the account of one session of a [Load].
type tally struct {
	id     driver.ID
	now    time.Time
	in     driver.Path // what the paths of its updates begin with: "", or "a." to lead into an object
	length int         // how many updates it is for

	mu       sync.Mutex
	verifier driver.Verifier // the zero one if a renewal is under way, or of unknown outcome
	renewals int             // how many have begun
	entries  []*entry        // in the order in which they began
	clock    int             // counts beginnings and ends
	open     int             // entries that have not ended
	missing  bool            // an update has not found it
	deleting bool            // somebody asks for its end while it is in use
}

// entry is one update of a session.
type entry struct {
	kind       kind
	token      int64
	begun, end int
	key        driver.Key
	renewals   int             // of the session, when it began
	before     driver.Verifier // of a renewal: what it replaces
	answer     answer
	taken      driver.Value

	misreported bool // its result does not end with its token
	stored      bool
}

type answer int

const (
	isUnderWay answer = iota
	isAcknowledged
	isUnknown
	isRefused
	isDeclined
)

// newTally returns the tally of a session that is not there yet, with its record.
func newTally(in driver.Path, length int) (*tally, driver.Verifier, driver.Record) {
	k, now := storetest.NewKey(), time.Now().UTC().Truncate(time.Millisecond)
	data := driver.Doc{}.With("n", driver.IntValue(0))
	if in != "" {
		data = driver.Doc{}.With("a", driver.ObjectValue(data))
	}
	meta := driver.Meta{ID: k.ID, User: user, Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: 3 * time.Hour}
	return &tally{id: k.ID, now: now, in: in, length: length, verifier: k.Verifier}, k.Verifier, driver.Record{Meta: meta, Data: data}
}

// userKey is a key of the session whatever its secret is.
func (a *tally) userKey() driver.Key { return driver.UserKey(a.id, user) }

// begin enters an update, or returns nil if the session is to be used no more.
func (a *tally) begin(client, number int) (*entry, *driver.Update) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over() {
		return nil, nil
	}
	e := &entry{kind: kind(number % int(kinds)), token: token(client, number), key: a.userKey()}
	if number/int(kinds)%2 == 0 && a.verifier != (driver.Verifier{}) {
		e.key = driver.Key{ID: a.id, Verifier: a.verifier}
	}
	if e.kind == renews && a.verifier == (driver.Verifier{}) {
		e.kind = plain // there is one already, and which of them comes last nobody could know
	}
	u := e.kind.update(a.in, e.token)
	if e.kind == renews {
		e.before, a.verifier = a.verifier, driver.Verifier{}
		a.renewals++
	}
	e.renewals = a.renewals
	a.clock++
	e.begun = a.clock
	a.open++
	a.entries = append(a.entries, e)
	return e, u
}

// over reports whether the session is to be used no more.
func (a *tally) over() bool { return len(a.entries) == a.length || a.missing || a.deleting }

// end notes that the session is about to be deleted, and reports whether it is in use.
func (a *tally) end() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	used := !a.over()
	a.deleting = a.deleting || used
	return used
}

// finish enters the answer to an update, and reports whether the session has been used for the last time. ended is the error of the
// call's context. The error is about an answer that no store may give.
func (a *tally) finish(e *entry, u *driver.Update, r driver.Result, err, ended error) (last bool, wrong error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clock++
	e.end = a.clock
	a.open--
	e.answer, wrong = a.answerOf(e, err, ended)
	if len(r.Taken) > 0 {
		e.taken = r.Taken[0]
	}
	switch {
	case u.Renew == nil, e.answer == isUnknown:
	case e.answer == isAcknowledged:
		a.verifier = *u.Renew
	default:
		a.verifier = e.before
	}
	last = a.open == 0 && a.over() && !a.deleting
	if e.answer == isAcknowledged {
		if l := r.Fields.Lookup(a.in + "l").Elems(); len(l) == 0 || l[len(l)-1].Int() != e.token {
			e.misreported = true
		}
	}
	return last, wrong
}

// answerOf returns what an answer comes to.
func (a *tally) answerOf(e *entry, err, ended error) (answer, error) {
	switch notFound := errors.Is(err, driver.ErrNotFound); {
	case err == nil:
		return isAcknowledged, nil
	case errors.Is(err, driver.ErrUnknownOutcome):
		return isUnknown, nil
	case storetest.Matches(err, driver.ErrUnavailable, driver.ErrFull), ended != nil && errors.Is(err, ended):
		return isRefused, nil
	case e.kind == meetsNever && errors.Is(err, driver.ErrCondition), notFound && a.deleting:
		return isDeclined, nil
	case notFound && !e.key.ByUser && a.renewals > e.renewals:
		return isDeclined, nil
	case notFound:
		a.missing = true
		return isDeclined, nil
	}
	return isRefused, fmt.Errorf("an update with a token, of kind %d: %w", e.kind, err)
}

// check adds to the sum what is wrong with the document, once all updates have ended, and returns a line for each mistake.
func (a *tally) check(d driver.Doc, sum *Account) (notes []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	note := func(n *int64, format string, args ...any) {
		*n++
		notes = append(notes, fmt.Sprintf("session %v: ", a.id)+fmt.Sprintf(format, args...))
	}
	entries := make(map[int64]*entry, len(a.entries))
	for _, e := range a.entries {
		entries[e.token] = e
	}
	var want state
	latest := 0 // the last beginning of what the list holds so far
	for _, v := range d.Lookup(a.in + "l").Elems() {
		sum.Stored++
		e := entries[v.Int()]
		switch {
		case e == nil:
			note(&sum.Denied, "%s is there, which nobody has pushed", v.Text())
			continue
		case e.stored:
			note(&sum.Twice, "%v is there twice", e)
			continue
		case e.answer == isRefused || e.answer == isDeclined:
			note(&sum.Denied, "%v is there", e)
		case e.answer == isAcknowledged && e.end < latest:
			note(&sum.OutOfOrder, "%v is behind one that began later", e)
		}
		e.stored = true
		latest = max(latest, e.begun)
		if taken := want.apply(e.kind, e.token); e.answer == isAcknowledged && !driver.Identical(taken, e.taken) {
			note(&sum.Misreported, "%v took %s instead of %s", e, e.taken.Text(), taken.Text())
		}
	}
	for _, e := range a.entries {
		if e.answer == isAcknowledged && !e.stored {
			note(&sum.Lost, "%v is not there", e)
		}
		if e.misreported {
			note(&sum.Misreported, "%v has a result without its token at the end", e)
		}
	}
	if a.missing {
		note(&sum.Misreported, "it is there, and an update has not found it")
	}
	got := stateOf(d, a.in)
	if got.count > want.count {
		note(&sum.Twice, "it has counted %d, and should have %d", got.count, want.count)
	} else if got.count < want.count {
		note(&sum.Lost, "it has counted %d, and should have %d", got.count, want.count)
	}
	for _, pair := range [][2]driver.Value{{got.set, want.set}, {got.box, want.box}, {got.one, want.one}} {
		if !driver.Identical(pair[0], pair[1]) {
			note(&sum.Lost, "it has %s where %s should be", pair[0].Text(), pair[1].Text())
		}
	}
	return notes
}

// gone adds to the sum that the session is not there though nobody has deleted it.
func (a *tally) gone(sum *Account) string {
	sum.Lost++
	for _, e := range a.entries {
		if e.answer == isAcknowledged {
			sum.Lost++
		}
	}
	return fmt.Sprintf("session %v is gone, which nobody has deleted", a.id)
}

func (e *entry) String() string {
	answers := [...]string{"under way", "acknowledged", "unknown", "refused", "declined"}
	return fmt.Sprintf("%d (call %d of client %d, of kind %d, %s)", e.token, e.token/maxClients, e.token%maxClients, e.kind, answers[e.answer])
}
