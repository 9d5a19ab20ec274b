package faults

import (
	"sync"
	"sync/atomic"
	"testing"
)

// OpenNetwork returns a network for one case. What has to be closed again goes to t.Cleanup.
type OpenNetwork func(t *testing.T) Network

// atOnce is how many cases run at a time. They spend most of theirs waiting: until a client tries again, until a context
// ends.
const atOnce = 16

// Run runs the suite. Every case is a subtest with a network of its own; several run at once.
//
// Where the contract leaves a choice a case takes every answer, and looks whether what the store holds agrees with it, now and when late
// messages have arrived. Any store may say ErrUnknownOutcome when a message was lost. One that goes on until it knows need not, after one
// or two: Run returns how many calls said so all the same, or that nothing was changed, though no more than two messages of theirs were
// lost, and logs which. A store that promises to know expects 0.
func Run(t *testing.T, open OpenNetwork) (unknown int) {
	n := open(t)
	n.answers(t)
	users := finder(n.Connect(t, n.Addr))
	slots := make(chan struct{}, atOnce)
	var done sync.WaitGroup
	var sum atomic.Int64
	for _, topic := range topics {
		if topic.finds && users == nil {
			continue
		}
		for _, c := range topic.cases {
			done.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				t.Run(topic.name+"/"+c.name, func(t *testing.T) {
					e := newEnv(t, open, c.why)
					defer func() { sum.Add(int64(e.unknown.Load())) }()
					c.run(e)
				})
			})
		}
	}
	done.Wait()
	return int(sum.Load())
}

// topics are the cases, each topic in a file of its name.
var topics = []struct {
	name  string
	cases []faultCase
	finds bool // they are about stores that are a [driver.Finder]
}{
	{name: "lost update", cases: lostUpdateCases()},
	{name: "late update", cases: lateUpdateCases},
	{name: "overtaken", cases: overtakenCases()},
	{name: "refused", cases: refusedCases()},
	{name: "records", cases: recordCases()},
	{name: "many", cases: manyCases(), finds: true},
	{name: "half", cases: halfCases, finds: true},
	{name: "silence", cases: silenceCases},
	{name: "tokens", cases: tokenCases},
}

type faultCase struct {
	name string
	// why says what depends on this case. It is printed when the case fails.
	why string
	run func(e *env)
}
