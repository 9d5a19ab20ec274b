package sessiontest_test

import (
	"context"
	"fmt"
	"testing"
)

// example is the T of the examples, which have none.
type example struct {
	testing.TB
	cleanups []func()
}

func startTest() *example { return new(example) }

func (*example) Helper()                           {}
func (*example) Context() context.Context          { return context.Background() }
func (e *example) Cleanup(f func())                { e.cleanups = append(e.cleanups, f) }
func (*example) Error(args ...any)                 { fmt.Println(args...) }
func (*example) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (*example) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }

// end is the end of the test.
func (e *example) end() {
	for _, f := range e.cleanups {
		f()
	}
}
