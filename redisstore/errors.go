package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// errEval: the script cannot tell what the update comes to. Nothing was changed.
var errEval = errors.New("redisstore: to be evaluated by the client")

// The codes of errors with which a server refuses a command for a while: it is a replica, or it starts, loses or changes its
// master, or moves the slot.
var (
	ofReplicas = []string{"READONLY", "MASTERDOWN"}
	passing    = append([]string{"LOADING", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "BUSY", "NOREPLICAS"}, ofReplicas...)
)

// demoted reports whether the server that answers so is a replica.
func demoted(err error) bool {
	e, ok := rueidis.IsRedisErr(err)
	return ok && slices.Contains(ofReplicas, code(e.Error()))
}

// explain turns an error of the client into one of the driver's. What a server answers with an error it has not executed: the
// scripts check and compute everything before their first write.
func explain(ctx context.Context, err error) error {
	e, ok := rueidis.IsRedisErr(err)
	if !ok {
		if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" { // nothing has reached a server
			return retry.Refused(quiet(nil, err))
		}
		if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return retry.Lost(quiet(nil, err))
	}
	switch c := code(e.Error()); {
	case slices.Contains(passing, c):
		return retry.Refused(quiet(nil, err))
	case c == "OOM":
		return quiet(driver.ErrFull, err)
	case c == "WRONGTYPE", isMistake(e.Error()):
		return driver.Corrupt("the key does not hold a session as this package writes it")
	}
	return quiet(driver.ErrUnavailable, err)
}

// quiet is [retry.Shown] without what the server writes about an error, which may quote the command's arguments, such as a verifier or
// a user. Of that only the code is shown. Every error that is not this package's own passes here.
func quiet(means, err error) error {
	text := err.Error()
	if e, ok := errors.AsType[*rueidis.RedisError](err); ok {
		text = "server error " + code(e.Error())
	} else if errors.Is(err, rueidis.ErrNoCache) { // behind the server's words
		text = rueidis.ErrNoCache.Error()
	}
	return retry.Shown(means, text, err)
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
