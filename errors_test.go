package atomicsession_test

import (
	"context"
	"errors"
	"testing"

	"github.com/atomicsession/atomicsession"
)

func TestErrorsNameTheCall(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Set("a", "treasure"))
	for want, f := range map[string]call{
		`session update: inc "a": wrong type: the field is not a number but string`: update(atomicsession.Inc("a", 1)),
		`session get: get "a": wrong type: a stored string does not fit type int`: func(ctx context.Context, s *atomicsession.Session) error {
			_, _, err := atomicsession.Get[int](ctx, s, "a")
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
	for err, want := range map[error]int{
		nil:                           200,
		atomicsession.ErrPath:         400,
		atomicsession.ErrType:         400,
		atomicsession.ErrOverflow:     400,
		atomicsession.ErrConflict:     500,
		atomicsession.ErrValue:        400,
		atomicsession.ErrCSRF:         403,
		atomicsession.ErrCondition:    409,
		atomicsession.ErrNotFound:     410,
		atomicsession.ErrTooLarge:     413,
		atomicsession.ErrNoMiddleware: 500,
		atomicsession.ErrHeadersSent:  500,
		errors.ErrUnsupported:         500,
		atomicsession.ErrNoStore:      503,
		atomicsession.ErrUnavailable:  503,
		context.DeadlineExceeded:      503,
	} {
		if got := atomicsession.StatusCode(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
		if err != nil {
			if got := atomicsession.StatusCode(&atomicsession.Error{Op: "x", Err: err}); got != want {
				t.Errorf("%v wrapped: %d, want %d", err, got, want)
			}
		}
	}
}
