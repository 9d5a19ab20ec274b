package drivertest

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// env is what a case works with: the test, two clients of one store, and a clock that stands still.
type env struct {
	*testing.T
	ctx     context.Context
	clients [2]driver.Store
	// now is when the case happens. It begins at the real time, since a store may expire records by its server's clock
	// as well: records end in the future, and cases go there by naming a later time.
	now time.Time
	// looks counts those at a part of a record.
	looks atomic.Int32
}

func newEnv(ctx context.Context, t *testing.T, open Open) *env {
	a, b := open(t)
	return &env{T: t, ctx: ctx, clients: [2]driver.Store{a, b}, now: time.Now().UTC().Truncate(time.Millisecond)}
}

// after returns the time that is d after the start of the case.
func (e *env) after(d time.Duration) time.Time { return e.now.Add(d) }

// client returns one of the two clients for any i.
func (e *env) client(i int) driver.Store { return e.clients[i%2] }

func (e *env) users(i int) driver.Finder { return e.client(i).(driver.Finder) }

func (e *env) sweeper(i int) driver.Sweeper { return e.client(i).(driver.Sweeper) }

// ok ends the case if err is not nil. It must be called from the case's own goroutine.
func (e *env) ok(err error) {
	e.Helper()
	if err != nil {
		e.Fatalf("unexpected error: %v", err)
	}
}

// fails reports an error unless err is want.
func (e *env) fails(what string, err, want error) {
	e.Helper()
	if diff := diffErrors(err, want); diff != "" {
		e.Errorf("%s:%s", what, diff)
	}
}

// parallel calls f(0) to f(n-1) at once, and waits for them.
func parallel(n int, f func(i int)) {
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			f(i)
		})
	}
	done.Wait()
}

// newKey returns a random ID with the verifier of a random secret.
func newKey() driver.Key {
	var k driver.Key
	rand.Read(k.ID[:])
	k.Verifier = newVerifier()
	return k
}

func newVerifier() driver.Verifier {
	var s driver.Secret
	rand.Read(s[:])
	return s.Verifier()
}

// doc reads a document that is written in this package: a mistake in it is a bug of the suite.
func doc(text string) driver.Doc {
	d, err := driver.ParseDoc(text)
	if err != nil {
		panic("drivertest: " + text + ": " + err.Error())
	}
	return d
}

func value(text string) driver.Value {
	v, err := driver.ParseValue(text)
	if err != nil {
		panic("drivertest: " + text + ": " + err.Error())
	}
	return v
}

func values(texts ...string) []driver.Value {
	list := make([]driver.Value, len(texts))
	for i, text := range texts {
		list[i] = value(text)
	}
	return list
}
