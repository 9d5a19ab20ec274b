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

		{"unchanged answer", new(retry.Patience).Unchanged(live, driver.ErrFull), []error{driver.ErrFull}, false, false, "store full"},
		{"unchanged, refused", new(retry.Patience).Unchanged(live, refused), []error{driver.ErrUnavailable, io.EOF}, true, true, "store unavailable: EOF"},
		{"unchanged, lost", new(retry.Patience).Unchanged(live, lost), []error{driver.ErrUnavailable, io.EOF}, true, true, "store unavailable: EOF"},
		{
			"unchanged, ended", new(retry.Patience).Unchanged(ended, lost),
			[]error{driver.ErrUnavailable, context.Canceled},
			false, false,
			"store unavailable: context canceled; last: EOF",
		},
		{
			"unchanged, ended twice", new(retry.Patience).Unchanged(ended, new(retry.Patience).Unchanged(ended, lost)),
			[]error{driver.ErrUnavailable, context.Canceled},
			false, false,
			"store unavailable: context canceled; last: EOF",
		},
		{
			"unchanged, ended by the context", new(retry.Patience).Unchanged(ended, retry.Lost(ended.Err())),
			[]error{driver.ErrUnavailable, context.Canceled},
			false, false,
			"store unavailable: context canceled",
		},
		{
			"lost, after an end", retry.Lost(new(retry.Patience).Unchanged(ended, refused)),
			[]error{driver.ErrUnknownOutcome, context.Canceled},
			false, true,
			"outcome unknown: context canceled; last: EOF",
		},
		{"ended", retry.Ended(ended, nil), []error{context.Canceled}, false, false, "context canceled"},
		{
			"ended in lines", retry.Ended(ended, retry.Refused(errors.New("a\nb"))),
			[]error{context.Canceled},
			false, false,
			"context canceled; last: a; b",
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
		if got := (retry.CanRepeat(c.err) && !errors.Is(c.err, driver.ErrUnknownOutcome)); got != c.isRefused {
			t.Errorf("%s: it can be repeated whatever it was: %t", c.name, got)
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

// TestLastReason has a server that refuses until the time is over. The last try is cut short, so that its error says no more than
// that; or it is the pause.
func TestLastReason(t *testing.T) {
	refused := retry.Refused(errors.New("READONLY You can't write\nagainst a read only replica"))
	const reason = "context deadline exceeded; last: READONLY You can't write; against a read only replica"
	cut := func(ctx context.Context) error { return retry.Lost(fmt.Errorf("read: %w", ctx.Err())) }
	noConnection := func(ctx context.Context) error {
		return fmt.Errorf("%w: no connection: %w", driver.ErrUnavailable, ctx.Err())
	}
	for _, c := range []struct {
		name string
		last func(ctx context.Context) error // what the last try ends with
		give func(p *retry.Patience, ctx context.Context, err error) error
		want error
		text string
	}{
		{"unchanged, in a pause", nil, (*retry.Patience).Unchanged, driver.ErrUnavailable, "store unavailable: " + reason},
		{"unchanged, in a try", cut, (*retry.Patience).Unchanged, driver.ErrUnavailable, "store unavailable: " + reason},
		{"unchanged, without a connection", noConnection, (*retry.Patience).Unchanged, driver.ErrUnavailable, "store unavailable: " + reason},
		{"lost, in a pause", nil, (*retry.Patience).Lost, driver.ErrUnknownOutcome, "outcome unknown: " + reason},
		{"lost, in a try", cut, (*retry.Patience).Lost, driver.ErrUnknownOutcome, "outcome unknown: read: " + reason},
		{"lost, without a connection", noConnection, (*retry.Patience).Lost, driver.ErrUnknownOutcome, "outcome unknown: " + reason},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			p, err := retry.For(time.Hour), refused
			for p.Again(ctx, err) {
			}
			if c.last != nil {
				err = c.last(ctx)
				p.Again(ctx, err)
			}
			err = c.give(&p, ctx, err)
			if err.Error() != c.text || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, c.want) {
				t.Errorf("%s: the error is %q, want %q, %v and %v", c.name, err, c.text, c.want, context.DeadlineExceeded)
			}
			for _, promise := range promises {
				if errors.Is(err, promise) && !errors.Is(c.want, promise) {
					t.Errorf("%s: it matches %q", c.name, promise)
				}
			}
			read := p.Unchanged(ctx, err) // whatever an operation was, reading has changed nothing
			if want := "store unavailable: " + reason; read.Error() != want || !errors.Is(read, driver.ErrUnavailable) || errors.Is(read, driver.ErrUnknownOutcome) {
				t.Errorf("%s: a read ends with %q, want %q", c.name, read, want)
			}
		})
	}
}

// TestPatienceWithTime has the time not be over: methods and functions say the same.
func TestPatienceWithTime(t *testing.T) {
	for _, err := range []error{driver.ErrFull, retry.Refused(io.EOF), retry.Lost(io.EOF), context.DeadlineExceeded} {
		p := retry.For(0)
		if p.Again(t.Context(), errors.New("before")) {
			t.Fatal("it goes on without patience")
		}
		if got, want := p.Unchanged(t.Context(), err), new(retry.Patience).Unchanged(t.Context(), err); got.Error() != want.Error() {
			t.Errorf("%v: Unchanged: %q, want %q", err, got, want)
		}
		if got, want := p.Lost(t.Context(), err), retry.Lost(err); got.Error() != want.Error() {
			t.Errorf("%v: Lost: %q, want %q", err, got, want)
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
			again := p.Again(t.Context(), io.EOF)
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
			p.Again(t.Context(), io.EOF)
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
			p.Again(t.Context(), io.EOF)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		start := time.Now()
		if p.Again(ctx, io.EOF) || time.Since(start) != 10*time.Millisecond {
			t.Errorf("it waited for %v, want 10ms and no other try", time.Since(start))
		}
		start = time.Now()
		if p.Again(ctx, io.EOF) || time.Since(start) != 0 {
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
			if !retry.CanRepeat(err) || !p.Again(ctx, err) {
				return p.Unchanged(ctx, err)
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
