package atomicsession

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
)

// The hook and the log are told what the store has done wrong, once and in one line, and of nothing else.
func TestReport(t *testing.T) {
	id := newID()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{ErrUnavailable, true},
		{ErrUnknownOutcome, true},
		{ErrFull, true},
		{ErrCorrupt, true},
		{ErrNoStore, true},
		{context.DeadlineExceeded, true},
		{fmt.Errorf("%w: %w", ErrUnavailable, context.DeadlineExceeded), true},
		{&Error{"update", io.ErrUnexpectedEOF}, true},
		{&Error{"update", errors.New("connection to a\n\tlost")}, true},

		{context.Canceled, false}, // the visitor has gone
		{&Error{"update", context.Canceled}, false},
		{fmt.Errorf("%w: %w", ErrUnavailable, context.Canceled), false},
		{&Error{"update", fmt.Errorf("%w: %w", ErrUnknownOutcome, context.Canceled)}, false},
		{io.ErrUnexpectedEOF, false}, // of somebody else
		{&Error{"get", &TypeError{err: ErrType}}, false},
		{&Error{"list", fmt.Errorf("memory cannot list: %w", errors.ErrUnsupported)}, false},
		{&Error{"revoke", errNoUser}, false},
		{ErrNotFound, false},
		{ErrRenewed, false},
		{&Error{"update", ErrCondition}, false},
		{&Error{"update", ErrPath}, false},
		{&Error{"update", ErrType}, false},
		{&Error{"update", ErrOverflow}, false},
		{&Error{"update", ErrConflict}, false},
		{&Error{"update", ErrValue}, false},
		{&Error{"update", ErrTooLarge}, false},
		{&Error{"update", ErrHeadersSent}, false},
		{&Error{"update", ErrSignIn}, false},
		{&Error{"update", ErrNoMiddleware}, false},
		{&Error{"csrf token", fmt.Errorf("%w: %w", ErrCSRF, ErrNotFound)}, false},
	} {
		var log bytes.Buffer
		var told []error
		m, err := New(nil, &Options{
			Logger:  slog.New(slog.NewTextHandler(&log, nil)),
			OnError: func(_ context.Context, err error) { told = append(told, err) },
		})
		if err != nil {
			t.Fatal(err)
		}
		m.report(t.Context(), c.err, id)
		line := log.String()
		switch {
		case !c.want && (len(told) > 0 || line != ""):
			t.Errorf("%v: told of %v, log %q", c.err, told, line)
		case c.want && (len(told) != 1 || !errors.Is(told[0], c.err)):
			t.Errorf("%v: told of %v", c.err, told)
		case c.want && (strings.Count(line, "\n") != 1 || !strings.Contains(line, "level=ERROR") || !strings.Contains(line, "id="+id.String())):
			t.Errorf("%v: log %q", c.err, line)
		}
	}
	new(Manager).report(t.Context(), nil, id) // needs neither
}
