package drivertest_test

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/memstore"
)

// mutants are stores with one mistake each, and the case that has to find it. All of them have been made by real
// session stores.
var mutants = []struct {
	name   string
	caught string // by this case
	open   func(s *memstore.Store) driver.Store
}{
	{"load, modify, save", "contention/inc", func(s *memstore.Store) driver.Store { return loadModifySave{s} }},
	{"upsert", "guards/unknown", func(s *memstore.Store) driver.Store { return upsert{s} }},
	{"saves after delete", "contention end/delete", func(s *memstore.Store) driver.Store { return revive{s} }},
	{"ignores the secret", "guards/wrong secret", func(s *memstore.Store) driver.Store { return newUnguarded(s) }},
	{"forgets the secret before", "renewals/renewed", func(s *memstore.Store) driver.Store { return forgetful{s} }},
	{"takes an old secret for the end", "renewals/delete", func(s *memstore.Store) driver.Store { return believing{s} }},
	{"stops half-way without a word", "users/delete half", func(s *memstore.Store) driver.Store { return oneAtATime{s} }},
	{"ignores expiry", "expiry/moment", func(s *memstore.Store) driver.Store { return immortal{s} }},
	{"moves expiry back", "expiry/late use", func(s *memstore.Store) driver.Store { return changing{s, expiryOfLateUse} }},
	{"never shortens a life", "expiry/lowered", func(s *memstore.Store) driver.Store { return changing{s, expiryForwards} }},
	{"takes every update for a use", "expiry/no use", func(s *memstore.Store) driver.Store { return changing{s, alwaysUsed} }},
	{"moves the last use back", "expiry/late use", func(s *memstore.Store) driver.Store { return changing{s, usedLast} }},
	{"keeps its first lifetime", "expiry/lifetime", func(s *memstore.Store) driver.Store { return editing{s, oneLifetime} }},
	{"keeps no lifetime", "records/round trip", func(s *memstore.Store) driver.Store { return noLifetime{s} }},
	{"lists no lifetime", "users/list", func(s *memstore.Store) driver.Store { return listsNoLifetime{s} }},
	{"keeps its first deadline", "expiry/new deadline", func(s *memstore.Store) driver.Store { return editing{s, oneDeadline} }},
	{"a record for whoever had the secret", "renewals/no sign-in", func(s *memstore.Store) driver.Store { return newRenewing(s, generous) }},
	{"a record for an old secret", "renewals/sign-in", func(s *memstore.Store) driver.Store { return newRenewing(s, patient) }},
	{"no record after a sign-in", "renewals/sign-in", func(s *memstore.Store) driver.Store { return newRenewing(s, mean) }},
	{"a record as it was", "renewals/sign-in", func(s *memstore.Store) driver.Store { return newRenewing(s, nostalgic()) }},
	{"half a batch", "operators/batches", func(s *memstore.Store) driver.Store { return oneByOne{s} }},
	{"two winners", "contention/take", func(s *memstore.Store) driver.Store { return peekThenTake{s} }},
	{"rounds ints", "values/kinds", func(s *memstore.Store) driver.Store { return rewriting{s, roundInt} }},
	{"[] becomes {}", "values/kinds", func(s *memstore.Store) driver.Store { return rewriting{s, emptyToObject} }},
	{"1.0 becomes 1", "operators/set", func(s *memstore.Store) driver.Store { return rewriting{s, wholeToInt} }},
	{"raises the first alone", "operators/elements", func(s *memstore.Store) driver.Store { return translating{Store: s, op: firstAlone} }},
	{"takes null for missing", "operators/elements", func(s *memstore.Store) driver.Store { return translating{Store: s, op: nullIsMissing} }},
	{"does the last alone", "operators/sequence", func(s *memstore.Store) driver.Store { return translating{Store: s, op: lastAlone} }},
	{"forgets what is swapped out", "contention/swap", func(s *memstore.Store) driver.Store { return translating{Store: s, op: lastAlone} }},
	{"wants all alternatives", "contention/limit", func(s *memstore.Store) driver.Store { return translating{Store: s, condition: orIsAnd} }},
	{"ne of what is there", "operators/conditions that combine", func(s *memstore.Store) driver.Store {
		return translating{Store: s, condition: notOfWhatIsThere}
	}},
	{"adds twins to a set", "operators/twins", func(s *memstore.Store) driver.Store { return bytewise{s} }},
	{"does not write what is equal", "operators/twins", func(s *memstore.Store) driver.Store { return lazy{s} }},
	{"stale cache", "records/delete", func(s *memstore.Store) driver.Store { return &caching{Store: s} }},
	{"no size limit", "limits/size", func(s *memstore.Store) driver.Store { return editing{s, unlimited} }},
	{"applies what was cancelled", "context/cancelled before", func(s *memstore.Store) driver.Store { return deaf{s} }},
	{"values in errors", "records/errors", func(s *memstore.Store) driver.Store { return talkative{s} }},
	{"lists, then deletes", "users race/delete all", func(s *memstore.Store) driver.Store { return listThenDelete{s} }},
	{"finds, then sweeps", "sweep/race", func(s *memstore.Store) driver.Store { return &findThenSweep{Store: s} }},
	{"keeps the proof of who has left", "authenticated/unbound", func(s *memstore.Store) driver.Store { return editing{s, keepsProof} }},
	{"takes a renewal for a sign-in", "authenticated/set", func(s *memstore.Store) driver.Store { return editing{s, everyUseIsProof} }},
	{"compares seconds", "authenticated/since", func(s *memstore.Store) driver.Store { return editing{s, inSeconds} }},
	{"wants a later sign-in", "authenticated/since", func(s *memstore.Store) driver.Store { return editing{s, strictly} }},
	{"takes never for always", "authenticated/since", func(s *memstore.Store) driver.Store { return editing{s, absentPasses} }},
	{"falls back unasked", "authenticated/since, every way", func(s *memstore.Store) driver.Store { return editing{s, fallsBackUnasked} }},
	{"asks for a sign-in afterwards", "authenticated/same step", func(s *memstore.Store) driver.Store { return editing{s, afterwards} }},
	{"asks for a sign-in alone", "authenticated/since and more", func(s *memstore.Store) driver.Store { return editing{s, oneReason} }},
	{"asks for a sign-in beforehand", "authenticated/race", func(s *memstore.Store) driver.Store { return editing{s, looksFirst} }},
	{"replaces all attributes", "attrs/set", func(s *memstore.Store) driver.Store { return editing{s, attrsWhole} }},
	{"removes no attribute", "attrs/set", func(s *memstore.Store) driver.Store { return editing{s, attrsForGood} }},
	{"cuts attributes", "attrs/texts", func(s *memstore.Store) driver.Store { return editing{s, attrsTrimmed} }},
	{"has another use for a name", "attrs/names", func(s *memstore.Store) driver.Store { return editing{s, attrsByColumn} }},
	{"counts attributes to the size", "attrs/full", func(s *memstore.Store) driver.Store { return editing{s, attrsTakeRoom} }},
	{"attributes among the fields", "attrs/apart", func(s *memstore.Store) driver.Store { return attrsInside{s} }},
	{"attributes first", "attrs/failed", func(s *memstore.Store) driver.Store { return attrsFirst{s} }},
	{"reads and writes attributes", "attrs/race", func(s *memstore.Store) driver.Store { return editing{s, attrsRead} }},
	{"everybody is the user", "by user/guard", func(s *memstore.Store) driver.Store { return theirs{s, anyonesKey} }},
	{"nobody is everybody", "by user/guard", func(s *memstore.Store) driver.Store { return theirs{s, anyoneIfNobody} }},
	{"lets in a former user", "by user/rebound", func(s *memstore.Store) driver.Store { return theirs{s, formerUser()} }},
	{"forgets the secret before a renewal by user", "by user/renewed", func(s *memstore.Store) driver.Store { return forgetsBefore{s, new(sync.Map)} }},
	{"used from outside", "by user/no use", func(s *memstore.Store) driver.Store { return editing{s, usedFromOutside} }},
	{"renews from outside", "by user/update", func(s *memstore.Store) driver.Store { return editing{s, renewsFromOutside} }},
	{"looks whose it is", "by user/rebind race", func(s *memstore.Store) driver.Store { return looksWhose{theirs{s, anyonesKey}} }},
	{"finds out the verifier", "by user/renew race", func(s *memstore.Store) driver.Store { return newByVerifier(s) }},
	{"revives for a user", "by user/revoke race", func(s *memstore.Store) driver.Store { return revive{s} }},
	{"tells of a later user", "replayed/race", func(s *memstore.Store) driver.Store { return tellsLater{s} }},
	{"forgets who replays", "replayed/for all its life", func(s *memstore.Store) driver.Store { return neverReplayed{s, new(sync.Map)} }},
	{"never forgets a secret", "replayed/latest alone", func(s *memstore.Store) driver.Store { return neverForgets{s, new(sync.Map)} }},
	{"allows one too many", "session limit/refuse", func(s *memstore.Store) driver.Store { return newLimiting(s, oneTooMany) }},
	{"changes what it refuses", "session limit/refuse", func(s *memstore.Store) driver.Store { return bindsFirst{s} }},
	{"ends the oldest", "session limit/end", func(s *memstore.Store) driver.Store { return newLimiting(s, endsOldest) }},
	{"counts who has expired", "session limit/who counts", func(s *memstore.Store) driver.Store { return newLimiting(s, countsExpired) }},
	{"counts who is about to end", "session limit/who counts", func(s *memstore.Store) driver.Store { return newLimiting(s, countsExcept) }},
	{"counts itself", "session limit/who counts", func(s *memstore.Store) driver.Store { return newLimiting(s, countsOwn) }},
	{"counts copies", "session limit/copies", func(s *memstore.Store) driver.Store { return newLimiting(s, countsCopies) }},
	{"frees in the place of ending", "session limit/ended", func(s *memstore.Store) driver.Store { return limiting{Store: s, mu: new(sync.Mutex), frees: true} }},
	{"ends before it binds", "session limit/failed", func(s *memstore.Store) driver.Store { return limiting{Store: s, mu: new(sync.Mutex), first: true} }},
	{"falls back without a limit", "session limit/every way", func(s *memstore.Store) driver.Store { return editing{s, fallsBackUnlimited} }},
	{"limits what binds nobody", "session limit/unbound", func(s *memstore.Store) driver.Store { return editing{s, limitsAlways} }},
	{"counts, then binds", "session limit race/refuse", func(s *memstore.Store) driver.Store { return limiting{Store: s} }},
	{"counts, then binds and ends", "session limit race/end", func(s *memstore.Store) driver.Store { return limiting{Store: s} }},
	{"counts, then binds what others end", "session limit race/ends", func(s *memstore.Store) driver.Store { return limiting{Store: s} }},
	{"does what it cannot", "no session limit/unsupported", func(s *memstore.Store) driver.Store { return unableTooLate{unable{s}} }},
	{"ends what has signed in at that moment", "before/moment", func(s *memstore.Store) driver.Store { return selecting{Store: s, in: inclusive} }},
	{"measures by creation", "before/moment", func(s *memstore.Store) driver.Store { return selecting{Store: s, in: byCreation} }},
	{"measures by sign-ins alone", "before/moment", func(s *memstore.Store) driver.Store { return selecting{Store: s, in: bySignIn} }},
	{"excepts none", "before/moment", func(s *memstore.Store) driver.Store { return selecting{Store: s, in: exceptNone} }},
	{"lists, then ends", "before/race", func(s *memstore.Store) driver.Store { return selecting{s, asMeant, hesitate} }},
	{"lists, then ends everybody's", "everybody/before race", func(s *memstore.Store) driver.Store { return selecting{s, asMeant, hesitate} }},
	{"measures everybody's by creation", "everybody/before", func(s *memstore.Store) driver.Store { return selecting{Store: s, in: byCreation} }},
	{"forgets nobody's", "everybody/list", func(s *memstore.Store) driver.Store { return boundAlone{s} }},
	{"takes a short page for the last", "everybody/pages", func(s *memstore.Store) driver.Store { return fewer{s} }},
	{"ends user by user", "everybody/delete", func(s *memstore.Store) driver.Store { return userByUser{s} }},
	{"loads too much", "fields/names", func(s *memstore.Store) driver.Store { return loading{s, tooMuch} }},
	{"loads all if nothing is asked for", "fields/no use", func(s *memstore.Store) driver.Store { return loading{s, allIfNone} }},
	{"loads null for nothing", "fields/names", func(s *memstore.Store) driver.Store { return loading{s, nullIfAbsent} }},
	{"loads without a secret", "guards/wrong secret", func(s *memstore.Store) driver.Store { return loading{s, ownerAlone} }},
	{"loads nothing after a sign-in", "renewals/sign-in", func(s *memstore.Store) driver.Store { return loading{s, noneBeside} }},
	{"loads as if never replayed", "replayed/for all its life", func(s *memstore.Store) driver.Store { return loading{s, noneReplayed} }},
	{"loads in two steps", "fields/race", func(s *memstore.Store) driver.Store { return loading{s, twoLooks} }},
	{"loads and uses", "fields/no use", func(s *memstore.Store) driver.Store { return loading{s, usesIt} }},
	{"ends what it cannot list", "not everybody/unsupported", func(s *memstore.Store) driver.Store { return unableHalf{unable{s}} }},
}

const mutantVariable = "DRIVERTEST_MUTANT"

// TestMutants runs this test binary once more for every mutant and expects it to fail in the right place.
func TestMutants(t *testing.T) {
	name, child := os.LookupEnv(mutantVariable)
	for _, m := range mutants {
		if child && m.name == name {
			drivertest.Run(t, func(testing.TB) (a, b driver.Store) {
				s := memstore.New(nil)
				return m.open(s), m.open(s)
			})
		}
		if child {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			path := "TestMutants/" + strings.ReplaceAll(m.caught, " ", "_")
			pattern := "^" + strings.ReplaceAll(path, "/", "$/^") + "$"
			tries := 1
			if strings.Contains(m.caught, "race") { // one run may miss it, while the processors have other work
				tries = 5
			}
			var output []byte
			var err error
			for range tries {
				cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+pattern)
				cmd.Env = append(os.Environ(), mutantVariable+"="+m.name)
				if output, err = cmd.CombinedOutput(); err != nil {
					break
				}
			}
			if err == nil || !strings.Contains(string(output), "--- FAIL: "+path) ||
				!strings.Contains(string(output), "What "+m.caught+" is about: ") {
				t.Errorf("%s did not find it (%v):\n%s", m.caught, err, output)
			}
		})
	}
}

// TestBare runs the suite on a store without abilities.
func TestBare(t *testing.T) {
	t.Parallel()
	drivertest.Run(t, func(testing.TB) (a, b driver.Store) {
		s := struct{ driver.Store }{memstore.New(nil)}
		return s, s
	})
}

// TestUnable runs it on one that says of what it cannot do that it does not.
func TestUnable(t *testing.T) {
	t.Parallel()
	drivertest.Run(t, func(testing.TB) (a, b driver.Store) {
		s := unable{memstore.New(nil)}
		return s, s
	})
}
