package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// passing are the codes of errors with which a server refuses a command for a while: it starts, is a replica, loses or changes
// its master, or moves the slot.
var passing = []string{"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "BUSY", "NOREPLICAS"}

// explain turns an error of the client into one of the driver's. What a server answers with an error it has not executed: the
// scripts check and compute everything before their first write.
func explain(ctx context.Context, err error) error {
	if errors.Is(err, driver.ErrUnknownOutcome) {
		return err
	}
	e, ok := rueidis.IsRedisErr(err)
	if !ok {
		if neverSent(err) {
			return retry.Refused(quiet(err))
		}
		if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return retry.Lost(quiet(err))
	}
	switch c := code(e.Error()); {
	case slices.Contains(passing, c):
		return retry.Refused(quiet(err))
	case c == "OOM":
		return fmt.Errorf("%w: %w", driver.ErrFull, quiet(err))
	case c == "WRONGTYPE", isMistake(e.Error()):
		return fmt.Errorf("%w: the key does not hold a session as this package writes it", driver.ErrCorrupt)
	}
	return fmt.Errorf("%w: %w", driver.ErrUnavailable, quiet(err))
}

// shownError is an error of the server or the client with the text that may be shown; errors.As finds the rest.
type shownError struct {
	text  string
	cause error
}

func (e *shownError) Error() string { return e.text }
func (e *shownError) Unwrap() error { return e.cause }

// quiet returns err as it may be shown: in one line, and without what the server writes about it, which may quote the command's
// arguments, such as a verifier or a user. Of that only the code is shown. Every error that is not this package's own passes here.
func quiet(err error) error {
	text := err.Error()
	shown := strings.Join(strings.FieldsFunc(text, unicode.IsControl), " ")
	if e, ok := errors.AsType[*rueidis.RedisError](err); ok {
		shown = "server error " + code(e.Error())
	} else if errors.Is(err, rueidis.ErrNoCache) { // behind the server's words
		shown = rueidis.ErrNoCache.Error()
	}
	if shown == text {
		return err
	}
	return &shownError{shown, err}
}

// coded matches an error with a code of its own. Redis 6 puts that of a command which a script called behind words about the script.
var coded = regexp.MustCompile(`^(?:(?:ERR )?Error running script .*@user_script: ?\d+: -?)?([A-Z]+)(?: |$)`)

// code returns the word that says which error of the server it is. The client leaves ERR out, which says nothing.
func code(text string) string {
	if m := coded.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return "ERR"
}

// isMistake reports whether a script ran into something that it cannot calculate with.
func isMistake(text string) bool {
	return strings.HasPrefix(text, "user_script:") || strings.Contains(text, " user_script:")
}

// neverSent reports whether the try ended before anything reached a server.
func neverSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// ready returns the error of a method that need not begin: its context has ended, or the store is closed.
func (s *Store) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.closed.Load() {
		return fmt.Errorf("%w: the store is closed", driver.ErrUnavailable)
	}
	return nil
}
