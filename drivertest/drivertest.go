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
		if topic.needs&^has == 0 && topic.without&has == 0 {
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
	{name: "session limit", needs: sessionLimits, cases: sessionLimitCases},
	{name: "session limit race", needs: sessionLimits, cases: sessionLimitRaceCases},
	{name: "no session limit", without: sessionLimits, cases: noSessionLimitCases},
	{name: "users", needs: users, cases: userCases},
	{name: "users race", needs: users, cases: userRaceCases},
	{name: "before", needs: users, cases: beforeCases},
	{name: "everybody", needs: everybody, cases: everybodyCases},
	{name: "not everybody", needs: users, without: everybody, cases: notEverybodyCases},
	{name: "fields", needs: fieldLoader, cases: fieldsCases},
	{name: "sweep", needs: sweeper, cases: sweepCases},
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

// abilities are the optional interfaces that a store implements, and the parts of the others that it does not call unsupported.
type abilities uint

const (
	users abilities = 1 << iota
	everybody
	sessionLimits
	sweeper
	fieldLoader
)

func abilitiesOf(ctx context.Context, s driver.Store) (has abilities) {
	now := time.Now()
	if finder, ok := s.(driver.Finder); ok {
		has |= users
		if _, err := finder.List(ctx, now, "", driver.ID{}, 1); !errors.Is(err, errors.ErrUnsupported) {
			has |= everybody
		}
	}
	_, err := s.Update(ctx, now, newKey(), &driver.Update{User: new("ann"), SessionLimit: driver.SessionLimit{Max: 1}})
	if !errors.Is(err, errors.ErrUnsupported) {
		has |= sessionLimits
	}
	if _, ok := s.(driver.Sweeper); ok {
		has |= sweeper
	}
	if _, ok := s.(driver.FieldLoader); ok {
		has |= fieldLoader
	}
	return has
}
