package turn

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// A Timeout is what context.WithTimeout returns, whoever asks it first for what.
func TestWithin(t *testing.T) {
	type key struct{}
	for name, ask := range map[string]func(context.Context){
		"Err": func(context.Context) {}, "Done first": func(ctx context.Context) { ctx.Done() },
	} {
		for end, test := range map[string]struct {
			do   func(cancelParent, cancel context.CancelFunc)
			want error
		}{
			"not yet":                {func(_, _ context.CancelFunc) { time.Sleep(time.Second - 1) }, nil},
			"over":                   {func(_, _ context.CancelFunc) { time.Sleep(time.Second) }, context.DeadlineExceeded},
			"parent":                 {func(parent, _ context.CancelFunc) { parent() }, context.Canceled},
			"canceled":               {func(_, cancel context.CancelFunc) { cancel() }, context.Canceled},
			"canceled when over":     {func(_, cancel context.CancelFunc) { cancel(); time.Sleep(time.Hour) }, context.Canceled},
			"parent, canceled later": {func(parent, cancel context.CancelFunc) { parent(); cancel() }, context.Canceled},
		} {
			t.Run(name+"/"+end, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					parent, cancelParent := context.WithCancel(context.WithValue(t.Context(), key{}, "there"))
					defer cancelParent()
					want, cancelWant := context.WithTimeout(parent, time.Second)
					defer cancelWant()
					got := Within(parent, time.Second)
					defer got.Cancel()
					ask(got)
					test.do(cancelParent, func() { got.Cancel(); cancelWant() })
					synctest.Wait()
					if err := got.Err(); !errors.Is(err, test.want) || !errors.Is(want.Err(), test.want) {
						t.Errorf("%v, want %v as %v", err, test.want, want.Err())
					}
					select {
					case <-got.Done():
						if test.want == nil {
							t.Error("done too early")
						}
					default:
						if test.want != nil {
							t.Error("not done")
						}
					}
					if err := got.Err(); !errors.Is(err, test.want) || got.Value(key{}) != "there" {
						t.Errorf("then %v, value %v", err, got.Value(key{}))
					}
					at, _ := want.Deadline()
					if deadline, ok := got.Deadline(); !ok || !deadline.Equal(at) {
						t.Errorf("deadline %v, want %v", deadline, at)
					}
				})
			})
		}
	}
}

// The deadline of the parent counts if it is earlier.
func TestWithinEarlier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		ctx := Within(parent, time.Minute)
		defer ctx.Cancel()
		if at, _ := ctx.Deadline(); !at.Equal(time.Now().Add(time.Second)) {
			t.Errorf("deadline %v", at)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if err := ctx.Err(); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// What is made from it waits without a goroutine, as package context has it for its own contexts.
func TestWithinChild(t *testing.T) {
	ctx := Within(t.Context(), time.Hour)
	defer ctx.Cancel()
	before := runtime.NumGoroutine()
	for range 100 {
		child, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		child.Done()
	}
	if n := runtime.NumGoroutine(); n > before+10 {
		t.Errorf("%d goroutines for 100 contexts", n-before)
	}
	child, cancel := context.WithCancel(ctx)
	defer cancel()
	ctx.Cancel()
	<-child.Done()
}
