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

// SeedVariable is the environment variable that sets the seed of the random cases, to repeat a run that failed.
const SeedVariable = "DRIVERTEST_SEED"

const (
	randomSessions = 40
	randomUpdates  = 25
)

var randomCases = []testCase{{
	"batches",
	"what no table thought of must still mean on this store what driver.Eval says it means",
	func(e *env) {
		seed := rand.Uint64()
		if text, ok := os.LookupEnv(SeedVariable); ok {
			var err error
			if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
				e.Fatalf("%s is not a number", SeedVariable)
			}
		}
		e.Logf("Repeat with %s=%d", SeedVariable, seed)
		for i := range uint64(randomSessions) {
			g := fromSeed(seed + i)
			steps := 0
			e.follow(g, func() bool { steps++; return steps <= randomUpdates })
		}
	},
}}

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
			u.Label = new(pick(g, someNames))
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
