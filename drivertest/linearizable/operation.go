package linearizable

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

type kind uint8

const (
	create kind = iota + 1
	load
	update
	deletion
	list
	deleteMany
	sweep
)

var kindNames = [...]string{"", "create", "load", "update", "delete", "list", "delete many", "sweep"}

func (k kind) String() string { return kindNames[k] }

// aboutAll reports whether it is about all sessions of a history.
func (k kind) aboutAll() bool { return k >= list }

// changes reports whether it may change anything.
func (k kind) changes() bool { return k != load && k != list }

// operation is what a client asks of a store.
type operation struct {
	kind    kind
	session int
	now     time.Time
	offset  time.Duration // of now from the base of the history

	// What a key is made of; verifier is also that of a new record.
	id       driver.ID
	verifier int
	byUser   bool
	user     string // of a key or a selection

	// Of load: the names of the fields to return, if they are not all.
	some  bool
	names []string

	label string // what an update does or a load returns, in short

	record driver.Record  // of create
	update *driver.Update // with Renew, if renewTo is not 0
	// renewTo is the number of the verifier after a renewal.
	renewTo int

	// Of list, deleteMany and sweep.
	after  driver.ID
	limit  int
	before time.Time
	except int // the session that stays, -1: none
}

// call asks the store. The verifiers are those of s.
func (o *operation) call(ctx context.Context, store driver.Store, s *setting) (a answer) {
	var err error
	key := driver.Key{ID: o.id, ByUser: o.byUser, User: o.user}
	if !o.byUser {
		key = driver.Key{ID: o.id, Verifier: s.verifier(o.session, o.verifier)}
	}
	switch o.kind {
	case create:
		err = store.Create(ctx, s.verifier(o.session, o.verifier), o.record)
	case load:
		if o.some {
			a.Record, err = store.(driver.FieldLoader).LoadFields(ctx, o.now, key, o.names)
		} else {
			a.Record, err = store.Load(ctx, o.now, key)
		}
	case update:
		var r driver.Result
		r, err = store.Update(ctx, o.now, key, o.update)
		a.Record.Meta, a.Record.Data, a.Taken = r.Meta, r.Fields, r.Taken
	case deletion:
		err = store.Delete(ctx, o.now, key)
	case list:
		a.Listed, err = store.(driver.Finder).List(ctx, o.now, o.user, o.after, o.limit)
	case deleteMany:
		sel := driver.Selection{User: o.user, Before: o.before}
		if o.except >= 0 {
			sel.Except = s.id(o.except)
		}
		a.N, a.Next, err = store.(driver.Finder).DeleteMany(ctx, o.now, sel, o.after, o.limit)
	case sweep:
		a.N, err = store.(driver.Sweeper).Sweep(ctx, o.now, o.limit)
	}
	a.Class = classOf(err)
	if err != nil {
		a.Text = err.Error()
	}
	return a
}

// String returns the operation in a few words. Sessions are A, B and so on, verifiers v0, v1 and so on, times relative to the base.
func (o *operation) String() string {
	var b strings.Builder
	b.WriteString(o.kind.String())
	if o.kind.aboutAll() {
		if o.kind != sweep {
			b.WriteString(" of " + cmp.Or(o.user, "everybody"))
		}
		fmt.Fprintf(&b, " limit %d", o.limit)
		if !o.before.IsZero() {
			fmt.Fprintf(&b, " before +%v", o.before.Sub(o.base()))
		}
		if o.except >= 0 {
			b.WriteString(" except " + sessionName(o.except))
		}
	} else {
		b.WriteString(" " + sessionName(o.session))
		if o.byUser {
			b.WriteString(" by " + cmp.Or(o.user, "nobody"))
		} else {
			fmt.Fprintf(&b, " v%d", o.verifier)
		}
	}
	if o.label != "" {
		b.WriteString(": " + o.label)
	}
	if o.renewTo != 0 {
		fmt.Fprintf(&b, ", renew to v%d", o.renewTo)
	}
	if o.offset != 0 {
		fmt.Fprintf(&b, " at +%v", o.offset)
	}
	return b.String()
}

func sessionName(n int) string { return string(rune('A' + n)) }
