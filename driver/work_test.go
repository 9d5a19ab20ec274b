package driver_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/heavy"
)

// TestHeavyUpdates: no update makes work for longer than a moment, however much it compares with however much. What a moment is on this
// machine, and under this load, says a copy of a long array, made at the same time: four are allowed for each of as many changes as go inside of one field.
func TestHeavyUpdates(t *testing.T) {
	for _, h := range heavy.Updates() {
		t.Run(h.Name, func(t *testing.T) {
			if err := h.Validate(); err != nil {
				t.Fatal(err)
			}
			control := heavy.Copy()
			start := time.Now()
			if _, _, err := driver.Eval(t.Context(), h.Doc, h.Update, now); err != nil {
				t.Fatal(err)
			}
			took := time.Since(start)
			control = max(control, heavy.Copy())
			if took > 2*time.Second+4*driver.MaxInside*control {
				t.Errorf("took %v, where a copy of an array takes %v", took, control)
			}
		})
	}
}

func TestEvalEndsWithContext(t *testing.T) {
	for _, h := range heavy.Updates() {
		if len(h.If) == 1 || h.Name == "pop" || h.Name == "push to the front" || h.Name == "push at a long path" {
			continue // copies at most
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		after, taken, err := driver.Eval(ctx, h.Doc, h.Update, now)
		if !errors.Is(err, context.Canceled) || after.Len() != 0 || taken != nil {
			t.Errorf("%s after the context's end: %v, and %d fields", h.Name, err, after.Len())
		}
		if _, ok := errors.AsType[*driver.OpError](err); ok {
			t.Errorf("%s: %v blames an operation", h.Name, err)
		}
	}
}

// BenchmarkHeavy is how long the evaluation takes of updates that are as heavy as the limits allow.
func BenchmarkHeavy(b *testing.B) {
	for _, h := range heavy.Updates() {
		b.Run(h.Name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := driver.Eval(b.Context(), h.Doc, h.Update, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
