package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

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
			return retry.Refused(err)
		}
		if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			err = errors.Join(ctx.Err(), err)
		}
		return retry.Lost(err)
	}
	text := e.Error()
	for _, code := range passing { // Redis 6 puts what a script's command met behind a word of its own
		if strings.HasPrefix(text, code+" ") || strings.Contains(text, ": -"+code+" ") {
			return retry.Refused(err)
		}
	}
	switch {
	case strings.Contains(text, "OOM "):
		return fmt.Errorf("%w: %s", driver.ErrFull, code(text))
	case strings.Contains(text, "WRONGTYPE "), strings.Contains(text, "user_script:") && !isCoded(text):
		return fmt.Errorf("%w: the key does not hold a session as this package writes it", driver.ErrCorrupt)
	}
	return fmt.Errorf("%w: %s", driver.ErrUnavailable, text)
}

// code returns the first word of an error of the server.
func code(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// isCoded reports whether the error is a refusal of a command, and not a mistake that a script ran into.
func isCoded(text string) bool {
	return code(text) != "ERR" && !strings.HasPrefix(text, "user_script:")
}

// neverSent reports whether the try ended before anything reached a server.
func neverSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// ready returns the error of a method that need not begin: its context has ended, or the store is closed.
func (s *Store) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("redisstore: %w", err)
	}
	if s.closed.Load() {
		return fmt.Errorf("%w: the store is closed", driver.ErrUnavailable)
	}
	return nil
}
