package faults

import (
	"context"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// Load has clients update sessions at the same time, while the test does something to the server or each call meets a fault, and keeps
// account of the answers, token by token.
//
// Every update pushes a token that no other call pushes, the number of the client and of its call, into a list of its session, which
// so holds in which order they took effect. The list of every other session is inside an object. In turn the updates also count, write,
// take what others have left, renew the secret, are a use of the session, or have a condition, so that they go all the roads that a
// store may have; and they name the session by its secret or by its user. What the session holds beside the list, and what was taken,
// must be what follows from the list.
//
// A session that has had 200 updates is looked at, deleted, and replaced by another one, so a load of any length needs the same memory.
// Those that were deleted last are looked at once more.
type Load struct {
	t        *testing.T
	length   int // how many updates a session is for
	near     driver.Store
	places   []place
	clients  atomic.Int32
	own      *client // which calls for the test
	stopping atomic.Bool
	done     sync.WaitGroup

	mu      sync.Mutex
	sum     Account
	notes   []string       // what is wrong with the account, the first of it
	pending []*tally       // ended, and not yet looked at, since the store did not answer
	ended   []endedSession // the last that were deleted
}

// endedSession is one that was deleted.
type endedSession struct {
	key driver.Key
	now time.Time
}

// place is for one session after the other.
type place struct {
	mu    sync.Mutex
	tally *tally // nil if there is none
}

// Client is one of those who call at the same time: one call after the other.
type Client struct {
	Store driver.Store
	// Plan has a fault meet the client's calls; nil: none does.
	Plan Plan
}

// Plan makes one call of a client, once, with ctx or a context made from it, and has something happen before, beside or after it. It
// reports whether the call has met a fault. It is called by one goroutine at a time for each [Client].
type Plan func(ctx context.Context, call func(ctx context.Context)) (met bool)

// NewLoad creates so many sessions, at least one, for a load. It asks near what they hold in the end; near may be one of the clients, and had better be
// one that meets no fault. The end of the test stops the load.
func NewLoad(t *testing.T, near driver.Store, sessions int) *Load {
	t.Helper()
	return newLoad(t, near, sessions, 200)
}

func newLoad(t *testing.T, near driver.Store, sessions, length int) *Load {
	t.Helper()
	if sessions < 1 {
		t.Fatalf("a load of %d sessions: it needs one", sessions)
	}
	l := &Load{t: t, near: near, places: make([]place, sessions), length: length}
	t.Cleanup(l.Stop)
	l.own = l.newClient(Client{Store: near})
	for i := range l.places {
		a, err := l.own.create(i)
		if err != nil {
			t.Fatalf("a load cannot begin: Create: %v", err)
		}
		l.places[i].tally = a
	}
	return l
}

// Start lets so many clients call through s until [Load.Stop].
func (l *Load) Start(s driver.Store, clients int) {
	for range clients {
		c := l.newClient(Client{Store: s})
		l.done.Go(func() { c.run(func() bool { return false }) })
	}
}

// Run lets the clients call until so many calls have met a fault, and ends the load. Clients without a Plan call beside the others; if
// none has one, so many calls are made.
func (l *Load) Run(calls int, clients ...Client) {
	l.t.Helper()
	planned := slices.ContainsFunc(clients, func(c Client) bool { return c.Plan != nil })
	before := l.Account()
	var tenth sync.Once
	enough := func() bool {
		sum := l.Account()
		made, met := int(sum.Calls-before.Calls), int(sum.Faulted-before.Faulted)
		if !planned {
			met = made
		}
		if met >= calls/10 {
			tenth.Do(func() { l.add(Account{MemoryAtTenth: memory()}) })
		}
		return met >= calls || made > 20*calls+1000
	}
	for _, c := range clients {
		c := l.newClient(c)
		l.done.Go(func() { c.run(enough) })
	}
	l.done.Wait()
	l.Stop()
	l.add(Account{MemoryAtEnd: memory()})
	if sum := l.Account(); planned && int(sum.Faulted-before.Faulted) < calls && !l.t.Failed() {
		l.t.Errorf("of %d calls %d have met a fault, want %d: the plans have too few", sum.Calls-before.Calls, sum.Faulted-before.Faulted, calls)
	}
}

// memory returns how many bytes the process has from its system when all that it no longer needs is given back.
func memory() uint64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys - m.HeapReleased
}

// Update makes one update through s, of the session in one of the places that the load has, the first of which is 0; it also does what the
// operations say, on fields whose names have more than one letter. One goroutine at a time may call it.
func (l *Load) Update(s driver.Store, place int, ops ...driver.Op) {
	l.own.Store = s
	l.own.update(&l.places[place], place, ops...)
}

// Delete deletes, through s, the sessions in the first places of the load while they are in use, and has others take their places. What
// they hold is looked at by nobody any more; that they stay deleted is.
func (l *Load) Delete(s driver.Store, sessions int) {
	l.t.Helper()
	l.own.Store = s
	for i := range l.places[:sessions] {
		if a := l.places[i].vacate(); a != nil {
			if err := l.own.delete(a); err != nil {
				l.t.Errorf("Delete: %v", err)
			}
		}
	}
}

// vacate empties the place. It returns what was in it if that is in use, and notes that it is about to be deleted.
func (p *place) vacate() *tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.tally
	p.tally = nil
	if a == nil || !a.end() {
		return nil
	}
	return a
}

// Progress waits until n more calls are acknowledged.
func (l *Load) Progress(n int64) {
	l.t.Helper()
	want := l.Account().Acknowledged + n
	storetest.WaitUntil(l.t, "more updates are acknowledged", func() bool { return l.Account().Acknowledged >= want || l.t.Failed() })
}

// Stop ends the load and waits for the calls that are under way.
func (l *Load) Stop() {
	l.stopping.Store(true)
	l.done.Wait()
}

// Account returns what became of the calls until now. What is stored is known of the sessions that have been looked at: [Load.Settle].
func (l *Load) Account() Account {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sum
}

// Settle ends the load, looks at all sessions that it has not yet looked at, and returns the account. It fails the test if anything is
// wrong with that but Lost and Back: what a server may forget that has not yet written it down, or handed it on.
func (l *Load) Settle() Account {
	l.t.Helper()
	sum := l.settle()
	if err := sum.errButLoss(); err != nil {
		l.t.Error(err)
	}
	return sum
}

// SettleAll is Settle for servers that lose nothing. It fails the test if anything is wrong with the account, or nothing was acknowledged.
func (l *Load) SettleAll() Account {
	l.t.Helper()
	sum := l.settle()
	if err := sum.Err(); err != nil {
		l.t.Error(err)
	} else if sum.Acknowledged == 0 {
		l.t.Errorf("no call was acknowledged: %v", sum)
	}
	return sum
}
