package retry_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// TestLoops gives the loops the same ends of tries. The last one goes on and on.
func TestLoops(t *testing.T) {
	refused, lost := retry.Refused(io.EOF), retry.Lost(io.EOF)
	final := retry.Shown(driver.ErrFull, "for good", io.EOF)
	const full, unavailable, unknown = "store full: for good", "store unavailable: EOF", "outcome unknown: EOF"
	for _, c := range []struct {
		name  string
		ends  []error
		texts [3]string // of the errors
		calls [3]int    // 0: until the patience is over
	}{
		{"nothing", []error{nil}, [3]string{}, [3]int{1, 1, 1}},
		{"final", []error{final}, [3]string{full, full, full}, [3]int{1, 1, 1}},
		{"refused, then nothing", []error{refused, refused, nil}, [3]string{}, [3]int{3, 3, 3}},
		{"refused, then final", []error{refused, final}, [3]string{full, full, full}, [3]int{2, 2, 2}},
		{"refused", []error{refused}, [3]string{unavailable, unavailable, unavailable}, [3]int{}},
		{"lost, then nothing", []error{lost, nil}, [3]string{unknown, "", ""}, [3]int{1, 2, 2}},
		{"lost, then final", []error{lost, final}, [3]string{unknown, "outcome unknown: " + full, full}, [3]int{1, 2, 2}},
		{"lost, then refused", []error{lost, refused}, [3]string{unknown, "outcome unknown: " + unavailable, unavailable}, [3]int{1, 0, 0}},
	} {
		loops := []func(*retry.Patience, context.Context, func() error) error{
			(*retry.Patience).Once, (*retry.Patience).Repeat, (*retry.Patience).Read,
		}
		for i, want := range c.texts {
			synctest.Test(t, func(t *testing.T) {
				p, calls, begin := retry.For(5*time.Second), 0, time.Now()
				err := loops[i](&p, t.Context(), func() error {
					calls++
					return c.ends[min(calls, len(c.ends))-1]
				})
				if got := text(err); got != want || strings.HasPrefix(want, full) != errors.Is(err, driver.ErrFull) {
					t.Errorf("%s, loop %d: %q, want %q", c.name, i, got, want)
				}
				if over := time.Since(begin) > 4*time.Second; c.calls[i] == 0 != over || !over && calls != c.calls[i] {
					t.Errorf("%s, loop %d: %d calls in %v, want %d", c.name, i, calls, time.Since(begin), c.calls[i])
				}
			})
		}
	}
}

// TestLoopsEnd ends the context during the pause after the first try.
func TestLoopsEnd(t *testing.T) {
	for _, c := range []struct {
		first error
		loop  func(*retry.Patience, context.Context, func() error) error
		means error
	}{
		{retry.Refused(io.EOF), (*retry.Patience).Once, driver.ErrUnavailable},
		{retry.Refused(io.EOF), (*retry.Patience).Repeat, driver.ErrUnavailable},
		{retry.Lost(io.EOF), (*retry.Patience).Repeat, driver.ErrUnknownOutcome},
		{retry.Lost(io.EOF), (*retry.Patience).Read, driver.ErrUnavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond/2)
			defer cancel()
			p := retry.For(time.Hour)
			err := c.loop(&p, ctx, func() error { return c.first })
			want := c.means.Error() + ": context deadline exceeded; last: EOF"
			if text(err) != want || !errors.Is(err, c.means) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v: %v, want %s", c.first, err, want)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
