package driver

import (
	"context"
	"time"
)

// Store keeps session records. It is what a driver implements and a session manager uses; applications see neither.
//
// All methods are safe for concurrent use, by any number of processes with the same data behind them. They return when
// ctx ends, with an error matching ctx.Err(), or [ErrUnknownOutcome] if the change may have been made. They take the
// caller's now as the time; a store may use its own clock to expire records too, but then its documentation bounds what
// a difference between the clocks does. Times have a resolution of one millisecond: those of an argument that have
// a finer one (now, [Selection.Before]) are taken rounded down. They neither keep nor change their arguments, and what they return is
// the caller's.
//
// Guard: Load, Update and Delete act on the record that has the key's ID, has its verifier, and expires after now. If there is
// none they return [ErrNotFound] and change nothing: nothing but Create brings a record into being. A record remembers the
// verifier that its latest renewal replaced; to that one they answer [ErrRenewed] for a while and then [ErrReplayed], and Delete
// answers ErrRenewed to every verifier but the record's own. With ByUser the verifiers do not matter: the record's user must be
// the key's, else it is ErrNotFound. Guard, conditions, operations and expiry are one atomic step. A store whose server cannot
// decide may read, decide and write if nothing has changed (a compare-and-set). Concurrent updates of a record take effect one
// after the other; none is lost.
//
// An acknowledged change (a nil error) took effect exactly once; with [ErrUnknownOutcome] it took effect once or not at
// all, or it did and only its result is lost; with any other error it did not take effect. A store that retries after a
// lost reply must recognize its own first try, by an operation ID kept in the record for instance. Changes survive what
// the store's documentation says they survive.
type Store interface {
	// Create stores a new record. ErrExists if the ID is taken; an expired record may still take it. A store whose reply was
	// lost may look whether the record is there, but never inserts again: the first insert might have arrived, and the session
	// might have ended since. The caller of a Create with an unknown outcome tries once more with another ID. IDs are
	// random, and never used again: what clears up after a session that has ended may still be under way.
	Create(ctx context.Context, v Verifier, r Record) error

	// Load returns the record. With [ErrRenewed] it returns the record as well if the renewal that replaced the verifier bound the
	// record to a user, and it was nobody's before ([Update.SignsIn]); else the zero Record. So a visitor who has signed in twice at
	// once, or did not get the answer to a sign-in, need not lose what was in the session. With [ErrReplayed] it returns a Record of
	// which only the ID and the User are set. Arrays and objects of the document may still be unparsed texts: [Doc.Parse] parses them,
	// and finds what is damaged inside ([ErrCorrupt]).
	Load(ctx context.Context, now time.Time, k Key) (Record, error)

	// Update applies u to the document as Eval does, to the metadata as [Update.Meta] does, and replaces the verifier if u
	// renews it. u is valid ([Update.Validate]). An update without operations is how a record is touched or renewed. Errors
	// of the evaluation are those of Eval. What it does to the rest of the record is [Update.Record].
	Update(ctx context.Context, now time.Time, k Key, u *Update) (Result, error)

	// Delete removes the record. A nil error means that it is known to be gone, and that no update that was under way can bring it
	// back. ErrNotFound means that no live record has the ID. [ErrRenewed] means that one has, with another verifier: it was renewed,
	// now or long ago, or never had the key's. A sign-out must not report the end of a session that goes on. The same holds after a
	// lost reply: if the store does not find the verifier, its first try need not have deleted the record. With ByUser a record of
	// another user is ErrNotFound, also if it has changed hands between two tries. If a network delivers a copy of such a call late,
	// it may end a session that belongs to the user again by then.
	Delete(ctx context.Context, now time.Time, k Key) error
}

// RenewalWindow is how long after a renewal a store answers [ErrRenewed] to the verifier before it. It outlasts requests
// that were under way at the time, and does not outlast the patience of a browser that missed its new cookie.
const RenewalWindow = 10 * time.Second

// Finder is an ability of stores that can find records without their ID: those of a user or, for the user "", those of everybody,
// nobody's included. A store that can find the records of a user only returns an error that matches [errors.ErrUnsupported] for
// the user "". [CheckUser] lets every user through.
type Finder interface {
	// List returns, in ID order, the live records with an ID greater than after, at most limit of them, without their Data. Fewer
	// than limit means that there are no more. Of records that cannot be read it returns [ErrCorrupt], or leaves them out.
	List(ctx context.Context, now time.Time, user string, after ID, limit int) ([]Record, error)

	// DeleteMany removes the first limit records of the selection with an ID greater than after, in ID order, whether they are
	// live or have expired. It returns how many of them were live, and the ID of the last it has dealt with if there may be more:
	// to remove them all, call it again with that as after, until next is the zero ID. Then all records are gone that were in the
	// selection all the while. A record is removed only if it is in the selection in that very step: one that a sign-in has taken
	// out of it stays.
	//
	// The limit is at least 1. In n is what is known to have been ended by this call, whether or not there is an error: where a reply was
	// lost and asked for again, more may have been. An error that matches ErrUnknownOutcome says that some have ended, or may have, and
	// others may live. ErrCorrupt is about what cannot be read and was left as it is; n counts the others that were ended. After any other
	// error nothing was changed, and n is 0; so it is never that of a context alone once something has ended. If next is not zero, the
	// error is about single records, such as damaged ones, all others of the step are gone, and the caller may go on.
	DeleteMany(ctx context.Context, now time.Time, s Selection, after ID, limit int) (n int, next ID, err error)
}

// Selection says which records [Finder.DeleteMany] is about.
type Selection struct {
	User   string    // whose; "": everybody's, nobody's included
	Before time.Time // only those with a [Record.SignedIn] before it; the zero time: all
	Except ID        // not this one; the zero ID: no exception
}

// Sweeper is an ability of stores that do not drop expired records by themselves.
type Sweeper interface {
	// Sweep removes at most limit records that have expired at now, with all that belongs to them, and returns how many.
	// Fewer than limit means that none was left, but for records in use at the time. Whether a record has expired is
	// decided in the step that removes it. With an error the number is of those that are known to be gone.
	Sweep(ctx context.Context, now time.Time, limit int) (int, error)
}

// Record is all a store keeps of a session but its verifiers.
type Record struct {
	Meta
	// Authenticated is when whom it belongs to has last proved who they are; the zero time: not known.
	Authenticated time.Time
	Attrs         Attrs
	Data          Doc
}

// SignedIn returns when the record was last authenticated or, if that is not known, created.
func (r *Record) SignedIn() time.Time {
	if r.Authenticated.IsZero() {
		return r.Created
	}
	return r.Authenticated
}

// Meta is what a record says about itself. No field name of the document reaches it.
type Meta struct {
	ID       ID
	User     string    // whom the session belongs to, "" if nobody
	Created  time.Time // UTC, like all of them
	LastUsed time.Time // the last update that was a use, touch included
	Expires  time.Time // the first moment at which the record no longer exists

	// Lifetime is how long the record lives after a use, in whole milliseconds, at most; see [Update.Meta].
	Lifetime time.Duration
	Deadline time.Time // what Expires is never later than; zero: no limit
}

// Result is what an update returns, as the update left it.
type Result struct {
	Meta
	// Fields are the top-level fields that the operations lead into, as far as they exist: [Update.Written].
	Fields Doc
	// Taken holds what each [Take] removed, in the order of the operations; [Missing] if there was nothing.
	Taken []Value
}
