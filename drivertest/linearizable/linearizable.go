package linearizable

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Store is what is judged.
type Store struct {
	// Start makes room for sessions, fresh, empty and shared with nobody, and returns its address: any text that Connect understands.
	// What has to be closed again goes to tb.Cleanup.
	Start func(tb testing.TB) (address string)
	// Connect returns a client of what is at the address. It is called in several processes, after Start, whose variables it cannot
	// know there. What has to be closed again goes to tb.Cleanup.
	Connect func(tb testing.TB, address string) driver.Store
}

// Options configure [Run]; the zero value is the default.
type Options struct {
	// Histories is how many are recorded and judged; default 100.
	Histories int
	// Processes is how many processes make the calls; default 2, at most 8. 1 is for a store that lives in one process: it is the
	// caller's. On systems without shared memory, such as Windows, it is always 1.
	Processes int
	// Clients is how many clients in each process work on a history; at most 8. By default five or six work on it in all.
	Clients int
	// Patience is the deadline of each call; default 10 seconds.
	Patience time.Duration
	// Nemesis does harm to the store while histories are recorded, such as cutting its connections or stopping its server for a moment, and
	// returns with the harm undone. It is called in the caller's process, once in a round of 12 histories that are recorded at once, when
	// their clients are about half-way.
	Nemesis func(ctx context.Context)
	// Kill has one of the processes killed in the midst of its calls, once in a round, just before Nemesis is called.
	Kill bool
	// Seed makes the same calls as another run with that Seed, though not at the same moments; 0: a random one. It is logged.
	Seed uint64
	// Dir is where the picture of a failure goes; default: a folder that stays.
	Dir string
}

// Report is what a run has seen.
type Report struct {
	Histories, Calls int
	// Unknown counts the calls with an unknown outcome, those of killed processes included.
	Unknown int
	// Refused counts the calls that the store has refused without a change, being unavailable or out of time for instance.
	Refused int
	// Overlaps counts the pairs of calls about one session that were under way at the same time. The more, the more was tried.
	Overlaps int
	// Kills counts the processes that were killed.
	Kills int
	Took  time.Duration
}

func (o *Options) withDefaults() Options {
	d := *cmp.Or(o, &Options{})
	d.Histories = cmp.Or(d.Histories, 100)
	d.Processes = min(cmp.Or(d.Processes, 2), processes)
	if !canShareMemory {
		d.Processes = 1
	}
	d.Clients = min(cmp.Or(d.Clients, (4+d.Processes)/d.Processes), clientsAtMost)
	d.Patience = cmp.Or(d.Patience, 10*time.Second)
	if d.Seed == 0 {
		d.Seed = rand.Uint64()
	}
	return d
}

const (
	roundsOf      = 8  // histories that a slot records in one round without harm
	slotsInHarm   = 12 // histories at once, each a round
	slotsInPeace  = 4
	clientsAtMost = 8
)

// IsChild reports whether this process was started by [Run] to make calls. A TestMain that starts servers need not do so there.
func IsChild() bool { return os.Getenv(childVariable) != "" }

// Run records histories of a store and fails t unless each is linearizable. It is called at most once in a test, or in a subtest: to
// have several processes it runs the test binary again with that test alone, in which Run never returns. So what comes before it in
// the test is done in each process.
func Run(t *testing.T, s Store, o *Options) Report {
	t.Helper()
	if IsChild() {
		serve(t, s)
	}
	opts := o.withDefaults()
	if opts.Kill && opts.Processes == 1 {
		t.Fatal("linearizable: Kill needs several processes")
	}
	r := &run{t: t, options: opts, began: time.Now()}
	r.plan = plan{
		Seed: opts.Seed, Start: r.began.UnixMilli(), Processes: opts.Processes, Clients: opts.Clients, AtOnce: slotsInPeace,
		Patience: opts.Patience, Harm: opts.Nemesis != nil || opts.Kill, NarrowFrom: opts.Histories,
	}
	if r.plan.Harm {
		r.plan.AtOnce = slotsInHarm
	}
	t.Logf("seed %d", opts.Seed)
	address := s.Start(t)
	store := s.Connect(t, address)
	r.plan.Abilities = abilitiesOf(t.Context(), store, opts.Patience)
	if opts.Processes == 1 {
		t.Cleanup(crowd())
		r.memory = ownMemory()
		r.crew = &alone{r, &worker{plan: &r.plan, store: store, memory: r.memory}}
	} else {
		if _, again := called.LoadOrStore(t, true); again {
			t.Fatal("linearizable: Run is called twice in a test, which the processes that it starts could not tell apart")
		}
		t.Cleanup(func() { called.Delete(t) })
		r.crew = newChildren(r, address)
	}
	r.all()
	r.report.Took = time.Since(r.began)
	t.Logf("%+v", r.report)
	return r.report
}

// called has the tests in which Run has started processes.
var called sync.Map

func abilitiesOf(ctx context.Context, s driver.Store, patience time.Duration) (a abilities) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	finder, ok := s.(driver.Finder)
	if a.Finder = ok; ok {
		_, err := finder.List(ctx, time.Now(), "", driver.ID{}, 1)
		a.Everybody = !errors.Is(err, errors.ErrUnsupported)
	}
	_, a.Sweeper = s.(driver.Sweeper)
	_, a.FieldLoader = s.(driver.FieldLoader)
	return a
}
