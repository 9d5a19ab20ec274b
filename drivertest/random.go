package drivertest

import (
	"context"
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
	s := e.create(g.doc(3))
	for step := 0; more(); step++ {
		u := g.update(s.want.Data)
		now := e.after(time.Duration(step%1000) * time.Minute)
		switch g.intn(10) {
		case 6:
			u.User = new(pick(g, someNames))
		case 7:
			u.Attrs = driver.Attrs{"label": pick(g, someNames)}
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
		if _, ok := s.update(now, u); !ok {
			return
		}
	}
	e.ok(s.store().Delete(e.ctx, e.now, s.key))
}
