package faults

import (
	"sync"
	"testing"
)

// Request is what a request asks a server for.
type Request int

// The requests that cases tell apart.
const (
	// OtherRequest asks for something else, or for nothing that a session is about.
	OtherRequest Request = iota
	// CreateRequest inserts a session.
	CreateRequest
	// UpdateRequest applies an update, or the result of one.
	UpdateRequest
	// DeleteRequest removes sessions.
	DeleteRequest
)

// OpenNetwork returns a network for one case. What has to be closed again goes to t.Cleanup.
type OpenNetwork func(t *testing.T) Network

// atOnce is how many cases run at a time. They spend most of theirs waiting: until a client tries again, until a context
// ends.
const atOnce = 16

// Run runs the suite. Every case is a subtest with a network of its own; several run at once.
//
// Where the contract leaves a choice a case takes every answer that keeps the promise, and looks whether the store's state
// agrees with it. A store that cannot tell says ErrUnknownOutcome; but one or two lost messages are no reason not to
// be able to tell, unless a case says so.
func Run(t *testing.T, open OpenNetwork) {
	slots := make(chan struct{}, atOnce)
	var done sync.WaitGroup
	for _, topic := range topics {
		for _, c := range topic.cases {
			done.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				t.Run(topic.name+"/"+c.name, func(t *testing.T) { c.run(newEnv(t, open, c.why)) })
			})
		}
	}
	done.Wait()
}

// topics are the cases, each topic in a file of its name.
var topics = []struct {
	name  string
	cases []faultCase
}{
	{"lost update", lostUpdateCases()},
	{"late update", lateUpdateCases},
	{"overtaken", overtakenCases()},
	{"refused", refusedCases()},
	{"records", recordCases()},
	{"half", halfCases},
	{"silence", silenceCases},
	{"tokens", tokenCases},
}

type faultCase struct {
	name string
	// why says what depends on this case. It is printed when the case fails.
	why string
	run func(e *env)
}
