package drivertest

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

const (
	// seedVariable is the environment variable that sets the seed of the random cases, to repeat a run that failed.
	seedVariable = "DRIVERTEST_SEED"
	// updatesVariable is the environment variable that sets how many random updates are made, to look for longer than the
	// tests usually do.
	updatesVariable = "DRIVERTEST_UPDATES"
)

const (
	randomUpdates     = 1000 // in Run
	updatesPerSession = 25
)

var randomCases = []testCase{{
	"batches",
	"what no table thought of must still mean on this store what driver.Eval says it means",
	func(e *env) { e.random(randomUpdates) },
}}

// Random makes n random updates of the store that open opens, as [Run] does with a thousand. Each is compared with [driver.Eval]:
// the answer, and the record loaded afterwards. They look for values that are equal and not the same: 1 and 1.0, and objects
// whose fields were added in another order. DRIVERTEST_SEED and DRIVERTEST_UPDATES set the seed and the number for both. It takes as
// long as 3 n calls of the store, one after the other; the test's deadline alone limits that.
func Random(t *testing.T, open Open, n int) { newEnv(t.Context(), t, open).random(n) }

func (e *env) random(n int) {
	n = int(variable(e, updatesVariable, uint64(n)))
	seed := variable(e, seedVariable, rand.Uint64()>>1)
	e.Logf("Repeat with %s=%d %s=%d", seedVariable, seed, updatesVariable, n)
	for i := 0; i < n; i += updatesPerSession {
		g := fromSeed(seed + uint64(i/updatesPerSession))
		steps := 0
		e.follow(g, func() bool { steps++; return steps <= min(updatesPerSession, n-i) })
	}
}

func variable(e *env, name string, fallback uint64) uint64 {
	text, ok := os.LookupEnv(name)
	if !ok {
		return fallback
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		e.Fatalf("%s is not a number of at most 63 bits", name)
	}
	return n
}

// Fuzz adds a corpus to f and fuzzes the store that open opens, once for the whole run: every input becomes a document
// and a sequence of updates, each compared with [driver.Eval]. Without -fuzz it runs the corpus.
//
//	func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, open) }
func Fuzz(f *testing.F, open Open) {
	a, b := open(f)
	corpus := rand.NewChaCha8([32]byte{})
	for i := range 32 {
		data := make([]byte, 8*i)
		_, _ = corpus.Read(data) // never fails
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		e := newEnv(ctx, t, func(testing.TB) (driver.Store, driver.Store) { return a, b })
		g, more := fromBytes(data[:min(len(data), 4096)])
		e.follow(g, more)
	})
}

// follow creates one record and updates it as g has it while there is more, or until the store is caught. It leaves nothing behind.
func (e *env) follow(g *generator, more func() bool) {
	if g.oneIn(3) { // fields that are called like what they are not
		g.names = []string{"label", "user", "authenticated", "attrs", pick(g, metaNames), "0", "1"}
	}
	s := e.create(g.doc(3))
	for step := 0; more(); step++ {
		u := g.update(s.want.Data)
		now := e.after(time.Duration(step%1000) * time.Minute)
		switch g.intn(12) {
		case 5:
			u.Authenticated = e.after(time.Duration(g.intn(4)) * time.Millisecond)
		case 6:
			u.User = new(pick(g, []string{"a", "b", "0", "label", ""}))
		case 7:
			u.Attrs = g.attrs()
		case 10:
			u.AuthenticatedSince = e.after(time.Duration(g.intn(4)) * time.Millisecond)
		case 11:
			u.User, u.Attrs, u.Authenticated = new(pick(g, someNames)), g.attrs(), e.after(time.Duration(g.intn(4))*time.Millisecond)
		case 8:
			u.Deadline = e.after(g.life())
		case 9:
			v := newVerifier()
			u.Renew = &v
			now = e.now
		}
		if g.oneIn(3) {
			u.MaxAge = g.life()
		}
		if g.oneIn(6) {
			u.Lifetime = g.life()
		}
		if g.oneIn(6) {
			now = e.now // a slow request
		}
		k := s.key
		if g.oneIn(6) {
			k = driver.UserKey(k.ID, pick(g, []string{s.want.User, s.want.User, "a", ""}))
		}
		if _, ok := s.updateAs(k, now, u); !ok || g.oneIn(4) && !s.isListed() {
			return
		}
	}
	e.ok(s.store().Delete(e.ctx, e.now, s.key))
}

// attrs returns changes of up to two attributes, called like fields.
func (g *generator) attrs() driver.Attrs {
	attrs := driver.Attrs{}
	for range 1 + g.intn(2) {
		attrs[pick(g, []string{"a", "b", "label", "user", "authenticated"})] = pick(g, []string{"", "a", "1", "漢字\n\"'$\\", "null"})
	}
	return attrs
}

// isListed reports an error, and false, unless the list of its user has the session as it is meant to be. It looks for nobody's
// among everybody's; a store that does not list those is not asked.
func (s *session) isListed() bool {
	s.Helper()
	finder, ok := s.store().(driver.Finder)
	if !ok {
		return true
	}
	before := s.want.ID // the ID just before
	for i := len(before) - 1; i >= 0; i-- {
		if before[i]--; before[i] != 255 {
			break
		}
	}
	list, err := finder.List(s.ctx, s.now, s.want.User, before, 1)
	if s.want.User == "" && errors.Is(err, errors.ErrUnsupported) {
		return true
	}
	diff := diffErrors(err, nil)
	switch {
	case err == nil && len(list) != 1:
		diff = "\n\tit is not there"
	case err == nil:
		diff = diffListed(list[0], s.want)
	}
	if diff != "" {
		s.Errorf("List of %q:%s", s.want.User, diff)
	}
	return diff == ""
}
