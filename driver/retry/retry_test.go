package retry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// promises are what an error of an unknown outcome must not match.
var promises = []error{
	driver.ErrNotFound, driver.ErrRenewed, driver.ErrExists, driver.ErrPath, driver.ErrType, driver.ErrOverflow, driver.ErrConflict,
	driver.ErrCondition, driver.ErrValue, driver.ErrTooLarge, driver.ErrUnavailable, driver.ErrFull, driver.ErrCorrupt,
}

func TestErrors(t *testing.T) {
	live := t.Context()
	ended, cancel := context.WithCancel(live)
	cancel()
	unknown := fmt.Errorf("%w: too few replicas", driver.ErrUnknownOutcome)
	denied := fmt.Errorf("%w: wrong password", driver.ErrUnavailable)
	refused, lost := retry.Refused(io.EOF), retry.Lost(io.EOF)
	for _, c := range []struct {
		name      string
		err       error
		matches   []error // of these and the promises, no other
		isRefused bool
		canRepeat bool
		text      string
	}{
		{"nil", nil, nil, false, false, ""},
		{"answer", driver.ErrNotFound, []error{driver.ErrNotFound}, false, false, "session not found"},
		{"refusal that does not pass", denied, []error{driver.ErrUnavailable}, false, false, "store unavailable: wrong password"},
		{"unknown", unknown, []error{driver.ErrUnknownOutcome}, false, true, "outcome unknown: too few replicas"},

		{"refused", refused, []error{driver.ErrUnavailable, io.EOF}, true, true, "store unavailable: EOF"},
		{"refused in lines", retry.Refused(errors.New("a\n\tb\r\nc")), []error{driver.ErrUnavailable}, true, true, "store unavailable: a; b; c"},
		{"refused, wrapped", fmt.Errorf("try: %w", refused), []error{driver.ErrUnavailable, io.EOF}, true, true, "try: store unavailable: EOF"},

		{"lost", lost, []error{driver.ErrUnknownOutcome, io.EOF}, false, true, "outcome unknown: EOF"},
		{"lost, wrapped", fmt.Errorf("try: %w", lost), []error{driver.ErrUnknownOutcome, io.EOF}, false, true, "try: outcome unknown: EOF"},
		{
			"lost by the context", retry.Lost(ended.Err()),
			[]error{driver.ErrUnknownOutcome, context.Canceled},
			false, true,
			"outcome unknown: context canceled",
		},
		{"lost twice", retry.Lost(lost), []error{driver.ErrUnknownOutcome, io.EOF}, false, true, "outcome unknown: EOF"},
		{"lost, unknown before", retry.Lost(unknown), []error{driver.ErrUnknownOutcome}, false, true, "outcome unknown: too few replicas"},
		{"lost, then refused", retry.Lost(refused), []error{driver.ErrUnknownOutcome}, false, true, "outcome unknown: store unavailable: EOF"},

		{"unchanged answer", retry.Unchanged(live, driver.ErrFull), []error{driver.ErrFull}, false, false, "store full"},
		{"unchanged, refused", retry.Unchanged(live, refused), []error{driver.ErrUnavailable, io.EOF}, true, true, "store unavailable: EOF"},
		{"unchanged, lost", retry.Unchanged(live, lost), []error{driver.ErrUnavailable, io.EOF}, true, true, "store unavailable: EOF"},
		{
			"unchanged, ended", retry.Unchanged(ended, lost),
			[]error{driver.ErrUnavailable, context.Canceled},
			false, false,
			"store unavailable: context canceled",
		},
	} {
		for _, target := range append([]error{driver.ErrUnknownOutcome, io.EOF, context.Canceled}, promises...) {
			want := false
			for _, m := range c.matches {
				want = want || errors.Is(m, target)
			}
			if errors.Is(c.err, target) != want {
				t.Errorf("%s: matches %q: %t, want %t", c.name, target, !want, want)
			}
		}
		if got := retry.IsRefused(c.err); got != c.isRefused {
			t.Errorf("%s: IsRefused is %t", c.name, got)
		}
		if got := retry.CanRepeat(c.err); got != c.canRepeat {
			t.Errorf("%s: CanRepeat is %t", c.name, got)
		}
		if c.err != nil && c.err.Error() != c.text {
			t.Errorf("%s: the text is %q, want %q", c.name, c.err, c.text)
		}
	}
}

// TestLostPromises has the last try fail with all that it may fail with: what a try before it did is no better known by that.
func TestLostPromises(t *testing.T) {
	for _, promise := range promises {
		err := retry.Lost(&driver.OpError{Op: "inc", Path: "n", Err: promise})
		if !errors.Is(err, driver.ErrUnknownOutcome) {
			t.Errorf("%v: it does not match %v", err, driver.ErrUnknownOutcome)
		}
		for _, p := range promises {
			if errors.Is(err, p) {
				t.Errorf("%v: it matches %v", err, p)
			}
		}
		if want := "outcome unknown: inc \"n\": " + promise.Error(); err.Error() != want {
			t.Errorf("the text is %q, want %q", err, want)
		}
	}
}

// TestWait measures pauses by a clock that nothing delays.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const patience = 5 * time.Second
		begin := time.Now()
		p := retry.For(patience)
		around, longest := 2*time.Millisecond, 200*time.Millisecond
		for tries := 0; ; tries++ {
			start := time.Now()
			again := p.Wait(t.Context())
			pause := time.Since(start)
			if !again {
				if pause > 0 {
					t.Errorf("it paused for %v and then gave up", pause)
				}
				if left := patience - time.Since(begin); left < 0 || left > longest*3/2 {
					t.Errorf("it gave up with %v left, after %d tries", left, tries)
				}
				return
			}
			if pause < around/2 || pause > around*3/2 {
				t.Errorf("pause %d is %v, want about %v", tries, pause, around)
			}
			around = min(2*around, longest)
		}
	})
}

// TestWaitRandom has clients that met at one time: they must not meet again.
func TestWaitRandom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pauses := map[time.Duration]bool{}
		for range 100 {
			p, start := retry.For(time.Second), time.Now()
			p.Wait(t.Context())
			pauses[time.Since(start)] = true
		}
		if len(pauses) < 50 {
			t.Errorf("100 pauses have %d lengths", len(pauses))
		}
	})
}

func TestWaitContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := retry.For(time.Hour)
		for range 20 { // now pauses are of 100 ms at least
			p.Wait(t.Context())
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		start := time.Now()
		if p.Wait(ctx) || time.Since(start) != 10*time.Millisecond {
			t.Errorf("it waited for %v, want 10ms and no other try", time.Since(start))
		}
		start = time.Now()
		if p.Wait(ctx) || time.Since(start) != 0 {
			t.Errorf("after the context's end it waited for %v", time.Since(start))
		}
	})
}

// A store reads, which it may do as often as it likes.
func Example() {
	answers := []error{retry.Refused(errors.New("the server starts")), retry.Lost(io.ErrUnexpectedEOF), nil}
	send := func() (err error) {
		err, answers = answers[0], answers[1:]
		fmt.Println(err)
		return err
	}
	read := func(ctx context.Context) error {
		for p := retry.For(5 * time.Second); ; {
			err := send()
			if err == nil {
				return nil
			}
			if !retry.CanRepeat(err) || !p.Wait(ctx) {
				return retry.Unchanged(ctx, err)
			}
		}
	}
	fmt.Println(read(context.Background()))
	// Output:
	// store unavailable: the server starts
	// outcome unknown: unexpected EOF
	// <nil>
	// <nil>
}
