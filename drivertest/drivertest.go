package drivertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Open returns two stores as two clients would hold them, each with its own connections, over the same data: fresh and
// empty, and shared with nobody. A store that has but one client may return it twice. Run calls Open once to see what the
// store can do and then for every case, one case at a time; what has to be closed again goes to tb.Cleanup.
type Open func(tb testing.TB) (a, b driver.Store)

// patience is how long one case may take before its context ends, so that a store that hangs fails instead.
const patience = 2 * time.Minute

// Run runs the whole suite on the store that open opens. Every case is a subtest with fresh stores; they run one after
// the other.
func Run(t *testing.T, open Open) {
	a, b := open(t)
	has := abilitiesOf(t.Context(), a)
	if has != abilitiesOf(t.Context(), b) {
		t.Fatal("Open returned two stores with different abilities")
	}
	for _, topic := range topics {
		if topic.needs.in(has) && !topic.without.meets(has) {
			topic.run(t, open)
		}
	}
}

// topic is a table of cases, in a file of its name.
type topic struct {
	name    string
	needs   abilities
	without abilities // it is about stores that do not have these
	cases   []testCase
}

var topics = []topic{
	{name: "records", cases: recordCases},
	{name: "values", cases: valueCases},
	{name: "expiry", cases: expiryCases},
	{name: "renewals", cases: renewalCases},
	{name: "guards", cases: guardCases},
	{name: "operators", cases: operatorCases},
	{name: "random", cases: randomCases},
	{name: "limits", cases: limitCases},
	{name: "work", cases: workCases},
	{name: "context", cases: contextCases},
	{name: "contention", cases: contentionCases},
	{name: "contention end", cases: contentionEndCases},
	{name: "authenticated", cases: authenticatedCases},
	{name: "attrs", cases: attrsCases},
	{name: "by user", cases: byUserCases},
	{name: "replayed", cases: replayedCases},
	{name: "session limit", needs: abilities{limits: true}, cases: sessionLimitCases},
	{name: "session limit race", needs: abilities{limits: true}, cases: sessionLimitRaceCases},
	{name: "no session limit", without: abilities{limits: true}, cases: noSessionLimitCases},
	{name: "users", needs: abilities{users: true}, cases: userCases},
	{name: "users race", needs: abilities{users: true}, cases: userRaceCases},
	{name: "before", needs: abilities{users: true}, cases: beforeCases},
	{name: "everybody", needs: abilities{users: true, everybody: true}, cases: everybodyCases},
	{name: "not everybody", needs: abilities{users: true}, without: abilities{everybody: true}, cases: notEverybodyCases},
	{name: "sweep", needs: abilities{sweeper: true}, cases: sweepCases},
}

type testCase struct {
	name string
	// why says what depends on this case. It is printed when the case fails.
	why string
	run func(e *env)
}

func (tp topic) run(t *testing.T, open Open) {
	t.Run(tp.name, func(t *testing.T) {
		for _, c := range tp.cases {
			t.Run(c.name, func(t *testing.T) {
				t.Cleanup(func() {
					if t.Failed() {
						t.Logf("What %s/%s is about: %s", tp.name, c.name, c.why)
					}
				})
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				c.run(newEnv(ctx, t, open))
			})
		}
	})
}

// abilities says which optional interfaces a store implements, and which parts of the others it does not call unsupported.
type abilities struct{ users, sweeper, limits, everybody bool }

func abilitiesOf(ctx context.Context, s driver.Store) abilities {
	finder, users := s.(driver.Finder)
	_, sweeper := s.(driver.Sweeper)
	now := time.Now()
	_, err := s.Update(ctx, now, newKey(), &driver.Update{User: new("ann"), SessionLimit: driver.SessionLimit{Max: 1}})
	has := abilities{users: users, sweeper: sweeper, limits: !errors.Is(err, errors.ErrUnsupported)}
	if users {
		_, err := finder.List(ctx, now, "", driver.ID{}, 1)
		has.everybody = !errors.Is(err, errors.ErrUnsupported)
	}
	return has
}

func (a abilities) in(b abilities) bool {
	return (b.users || !a.users) && (b.sweeper || !a.sweeper) && (b.limits || !a.limits) && (b.everybody || !a.everybody)
}

// meets reports whether a and b have one in common.
func (a abilities) meets(b abilities) bool {
	return a.users && b.users || a.sweeper && b.sweeper || a.limits && b.limits || a.everybody && b.everybody
}
