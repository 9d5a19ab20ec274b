package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

func TestErrorsNameTheCall(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set("treasure"))
	for want, f := range map[string]call{
		`session update: inc "a": wrong type: the field is not a number but string`: update(atomicsession.Path("a").Inc(1)),
		`session get: get "a": wrong type: a stored string does not fit type int`: func(ctx context.Context, s *atomicsession.Session) error {
			_, _, err := atomicsession.NewKey[int]("a").Get(ctx, s)
			return err
		},
	} {
		err := b.do(f)
		var e *atomicsession.Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("the error is %q, want %q", err, want)
		}
	}
}

func TestStatusCode(t *testing.T) {
	for _, c := range []struct {
		err            error
		alone, ofACall int
	}{
		{nil, 200, 0},
		{atomicsession.ErrPath, 400, 400},
		{atomicsession.ErrType, 400, 400},
		{atomicsession.ErrOverflow, 400, 400},
		{atomicsession.ErrValue, 400, 400},
		{atomicsession.ErrCSRF, 403, 403},
		{atomicsession.ErrCondition, 409, 409},
		{atomicsession.ErrNotFound, 410, 410},
		{atomicsession.ErrRenewed, 410, 410},
		{errors.Join(atomicsession.ErrCSRF, atomicsession.ErrNotFound), 410, 410},
		{errors.Join(atomicsession.ErrCSRF, atomicsession.ErrRenewed), 410, 410},
		{atomicsession.ErrCrossSite, 403, 403},
		{atomicsession.ErrTooLarge, 413, 413},

		{atomicsession.ErrConflict, 500, 500},
		{atomicsession.ErrNoMiddleware, 500, 500},
		{atomicsession.ErrHeadersSent, 500, 500},
		{atomicsession.ErrSignIn, 500, 500},
		{&atomicsession.TypeError{}, 500, 500},
		{errors.ErrUnsupported, 500, 500},
		{io.ErrUnexpectedEOF, 500, 503}, // of a call, a store has said it
		{errors.New("anything"), 500, 503},
		{&driver.OpError{Op: "set", Path: "a", Err: atomicsession.ErrConflict}, 500, 500},

		{atomicsession.ErrNoStore, 503, 503},
		{atomicsession.ErrUnavailable, 503, 503},
		{atomicsession.ErrUnknownOutcome, 503, 503},
		{atomicsession.ErrFull, 503, 503},
		{atomicsession.ErrCorrupt, 503, 503},
		{context.DeadlineExceeded, 503, 503},
	} {
		if got := atomicsession.StatusCode(c.err); got != c.alone {
			t.Errorf("%v: %d, want %d", c.err, got, c.alone)
		}
		if c.err == nil {
			continue
		}
		if got := atomicsession.StatusCode(fmt.Errorf("handler: %w", c.err)); got != c.alone {
			t.Errorf("%v wrapped: %d, want %d", c.err, got, c.alone)
		}
		if got := atomicsession.StatusCode(fmt.Errorf("handler: %w", &atomicsession.Error{Op: "x", Err: c.err})); got != c.ofACall {
			t.Errorf("%v of a call: %d, want %d", c.err, got, c.ofACall)
		}
	}
}

// Whose fault it is, in requests.
func TestStatusCodeOfCalls(t *testing.T) {
	late := &atomicsession.Options{StoreTimeout: 20 * time.Millisecond}
	hang := func(ctx context.Context, _ string) error {
		<-ctx.Done()
		return ctx.Err()
	}
	breaks := func(context.Context, string) error { return io.ErrUnexpectedEOF }
	for _, c := range []struct {
		name  string
		opts  *atomicsession.Options
		store func(ctx context.Context, call string) error
		call  call
		want  int
	}{
		{"channel", nil, nil, update(atomicsession.Path("x").Set(make(chan int))), 500},
		{"channel in a list", nil, nil, update(atomicsession.Path("x").Push([]any{make(chan int)})), 500},
		{"channel in a condition", nil, nil, update(atomicsession.If(atomicsession.Path("x").Eq(make(chan int)))), 500},
		{"two changes of one path", nil, nil, update(atomicsession.Path("x").Set(1), atomicsession.Path("x").Inc(1)), 500},
		{"a path and one inside", nil, nil, update(atomicsession.Path("x").Set(1), atomicsession.Path("x.y").Unset()), 500},
		{"rename to itself", nil, nil, update(atomicsession.Path("x").Rename("x.y")), 500},
		{"user outside of a sign-in", nil, nil, update(atomicsession.User("ann")), 500},
		{"changed type", nil, nil, func(ctx context.Context, s *atomicsession.Session) error {
			_, _, err := atomicsession.NewKey[int]("text").Get(ctx, s)
			return err
		}, 500},
		{"NaN", nil, nil, update(atomicsession.Path("x").Set(math.NaN())), 400},
		{"malformed path", nil, nil, update(atomicsession.Path("x..y").Set(1)), 400},
		{"wrong kind", nil, nil, update(atomicsession.Path("text").Inc(1)), 400},
		{"condition", nil, nil, update(atomicsession.If(atomicsession.Path("x").Exists())), 409},
		{"store breaks", nil, breaks, update(atomicsession.Path("x").Set(1)), 503},
		{"store breaks, read", nil, breaks, take("x"), 503},
		{"end of StoreTimeout", late, hang, update(atomicsession.Path("x").Set(1)), 503},
		{"end of StoreTimeout, read", late, hang, func(ctx context.Context, s *atomicsession.Session) error {
			_, _, err := atomicsession.Path("text").Get(ctx, s)
			return err
		}, 503},
	} {
		site := newSite(t, c.opts)
		b := site.browser()
		site.store.before(nil)
		for b.token() == "" { // until the store is quick enough
			_ = b.update(atomicsession.Path("text").Set("x"))
		}
		site.store.before(c.store)
		err := b.do(c.call)
		if got := atomicsession.StatusCode(err); got != c.want {
			t.Errorf("%s: %d, want %d, for %v", c.name, got, c.want, err)
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %q", c.name, err)
		}
	}
}

// Whatever a store or a marshaler has written, an error is one line, so that a log has one for each.
func TestErrorsHaveOneLine(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	cause := errors.Join(errors.New("first"), errors.New("second\r\n\tthird"))
	site.store.fail(cause)
	for name, c := range map[string]struct {
		call call
		want string
	}{
		"store":     {update(atomicsession.Path("a").Inc(1)), "session update: first; second; third"},
		"take":      {take("a"), "session take: first; second; third"},
		"marshaler": {update(atomicsession.Path("a").Set(failingMarshaler{})), `session update: set "a": invalid value: atomicsession_test.failingMarshaler: first line; second line`},
		"path":      {update(atomicsession.Path("a.\n.").Set(1)), `session update: set "a.\n.": invalid path: empty name`},
	} {
		if err := b.do(c.call); err == nil || err.Error() != c.want {
			t.Errorf("%s: %q, want %q", name, err, c.want)
		}
	}
	if err := b.do(take("a")); !errors.Is(err, cause) {
		t.Errorf("%v does not match its cause", err)
	}
}
