package faults

import (
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// kind is what an update of a [Load] does beside pushing its token: for each of the roads that a store may have.
type kind int

const (
	plain      kind = iota
	counted         // adds 1
	sets            // writes its token, whatever was there
	boxed           // pushes its token into another list, too
	unboxes         // takes that list
	swaps           // takes what another one has left, and leaves its own token
	touches         // is a use of the session
	renews          // replaces the secret
	meets           // has a condition that holds
	meetsNever      // has one that never holds
	kinds
)

// maxClients is how many clients a [Load] may have: a token is the number of a call of a client, times this, and the client's.
const maxClients = 1 << 10

// token is what the call of a client pushes, and no other call does.
func token(client, number int) int64 { return int64(number)*maxClients + int64(client) }

// update returns an update of the kind, with fields inside in, "" or the path of an object with a dot.
func (k kind) update(in driver.Path, token int64) *driver.Update {
	v := driver.IntValue(token)
	u := &driver.Update{Ops: []driver.Op{driver.Push{Path: in + "l", Each: []driver.Value{v}}}}
	add := func(op driver.Op) { u.Ops = append(u.Ops, op) }
	count := driver.Condition{Path: in + "n", Is: driver.Gte, Value: driver.IntValue(0)}
	switch k {
	case counted:
		add(driver.Inc{Path: in + "n", By: driver.IntValue(1)})
	case sets:
		add(driver.Set{Path: in + "s", Value: v})
	case boxed:
		add(driver.Push{Path: in + "b", Each: []driver.Value{v}})
	case unboxes:
		add(driver.Take{Path: in + "b"})
	case swaps:
		add(driver.Sequence{Path: in + "t", Do: []driver.Op{driver.Take{Path: in + "t"}, driver.Set{Path: in + "t", Value: v}}})
	case touches:
		u.MaxAge = 2 * time.Hour
	case renews:
		u.Renew = new(driver.Secret{byte(token), byte(token >> 8), byte(token >> 16), byte(token >> 24)}.Verifier())
	case meets:
		u.If = []driver.Condition{count}
	case meetsNever:
		count.Is = driver.Lt
		u.If = []driver.Condition{count}
	}
	return u
}

// state is what a session holds when the tokens of a list have been pushed in its order, but for the list.
type state struct {
	count         int64
	set, box, one driver.Value
}

// apply has the update of a token take effect, and returns what it takes.
func (s *state) apply(k kind, token int64) (taken driver.Value) {
	v := driver.IntValue(token)
	switch k {
	case counted:
		s.count++
	case sets:
		s.set = v
	case boxed:
		s.box = driver.ArrayValue(slices.Concat(s.box.Elems(), []driver.Value{v})...)
	case unboxes:
		taken, s.box = s.box, driver.Value{}
	case swaps:
		taken, s.one = s.one, v
	}
	return taken
}

// stateOf reads the state from a document.
func stateOf(d driver.Doc, in driver.Path) state {
	return state{count: d.Lookup(in + "n").Int(), set: d.Lookup(in + "s"), box: d.Lookup(in + "b"), one: d.Lookup(in + "t")}
}
