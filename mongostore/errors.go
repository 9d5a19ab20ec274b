package mongostore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"
	mongodriver "go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// errEval: the server has not applied the operators, since they are not for what it found, or it found nothing. Nothing was changed.
var errEval = fmt.Errorf("%w: the server does not apply the operators", driver.ErrUnavailable)

// Codes of the server.
const (
	codeBadValue      = 2
	codeFailedToParse = 9
	codeTypeMismatch  = 14
	codePathNotViable = 28
	codeIndexOptions  = 85
	codeIndexKeys     = 86
	codeTooLarge      = 10334
	codeResultTooBig  = 17419
)

// interrupted are the codes of a server, or of a router in front of it, that gave up on a command it may have carried out. They
// are those of the specification of retryable writes, that of a time limit, and that of what the server has not expected. Labels do
// not tell: a server puts them only on commands with a transaction number.
var interrupted = []int{
	1,     // InternalError: FerretDB's, where it has lost its connection to PostgreSQL
	6,     // HostUnreachable
	7,     // HostNotFound
	50,    // MaxTimeMSExpired
	89,    // NetworkTimeout
	91,    // ShutdownInProgress
	189,   // PrimarySteppedDown
	262,   // ExceededTimeLimit
	9001,  // SocketException
	10107, // NotWritablePrimary
	11600, // InterruptedAtShutdown
	11602, // InterruptedDueToReplStateChange
	13435, // NotPrimaryNoSecondaryOk
	13436, // NotPrimaryOrSecondary
}

// forbidden are the codes of a server that did not begin with a command.
var forbidden = []int{
	13,       // Unauthorized
	18,       // AuthenticationFailed
	59,       // CommandNotFound
	8000,     // AtlasError: of users and their rights
	16797828, // PostgreSQL's insufficient_privilege (42501) behind documentdb
}

// explain turns an error of the client into one of the driver's. What the server writes about it may quote values of the session,
// so it is not part of the text.
func explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return retry.Shown(errEval, "it finds no document", err)
	case errors.Is(err, mongodriver.ErrDocumentTooLarge), hasCode(err, codeTooLarge, codeResultTooBig):
		return retry.Shown(driver.ErrTooLarge, "the document would be larger than the server allows", err)
	case unsent(err) && !errors.Is(err, mongo.ErrClientDisconnected):
		return retry.Refused(noServer(ctx, err))
	case lost(err):
		return retry.Lost(retry.Shown(nil, describe(err), err))
	case hasCode(err, codeBadValue, codeFailedToParse, codeTypeMismatch, codePathNotViable):
		return retry.Shown(errEval, describe(err), err)
	case hasCode(err, codeIndexOptions, codeIndexKeys):
		return retry.Shown(ErrIndex, describe(err), err)
	}
	return retry.Shown(driver.ErrUnavailable, describe(err), err)
}

// unsent reports whether err kept a command from being sent at all.
func unsent(err error) bool {
	_, noServer := errors.AsType[topology.ServerSelectionError](err)
	_, noConnection := errors.AsType[topology.WaitQueueTimeoutError](err)
	return noServer || noConnection || errors.Is(err, mongo.ErrClientDisconnected)
}

// lost reports whether err, of a command that was sent, leaves open what became of it: no answer says that it was refused.
func lost(err error) bool {
	if labeled, ok := errors.AsType[mongo.LabeledError](err); ok &&
		(labeled.HasErrorLabel("NetworkError") || labeled.HasErrorLabel("RetryableWriteError")) {
		return true
	}
	if write, ok := errors.AsType[mongo.WriteException](err); ok && write.WriteConcernError != nil {
		return true // made, but perhaps not on enough members
	}
	return !unsent(err) && !answered(err) || hasCode(err, interrupted...)
}

// answered reports whether err is the server's answer, and not what became of a connection: the client gives that the
// same type, without a code.
func answered(err error) bool {
	if command, ok := errors.AsType[mongo.CommandError](err); ok {
		return command.Code != 0
	}
	_, ok := errors.AsType[mongo.ServerError](err)
	return ok
}

func hasCode(err error, codes ...int) bool {
	server, ok := errors.AsType[mongo.ServerError](err)
	return ok && slices.ContainsFunc(codes, server.HasErrorCode)
}

// noServer returns err, which kept a command from being sent, as it may be shown. Of a wait that took all the time it names what
// kept the client from a server.
func noServer(ctx context.Context, err error) error {
	if selection, ok := errors.AsType[topology.ServerSelectionError](err); ok && ctx.Err() != nil {
		for _, server := range selection.Desc.Servers {
			if server.LastError != nil {
				return retry.Ended(ctx, errors.New(describe(server.LastError)))
			}
		}
	}
	return retry.Shown(nil, describe(err), err)
}

// describe returns what can be said of err in one line and without quoting a value. Every error that is not this package's own
// passes here.
func describe(err error) string {
	text := err.Error()
	server, isServer := errors.AsType[mongo.ServerError](err)
	command, isCommand := errors.AsType[mongodriver.Error](err)
	_, isWrite := errors.AsType[mongodriver.WriteCommandError](err)
	selection, isSelection := errors.AsType[topology.ServerSelectionError](err)
	switch {
	case isSelection:
		text = "server selection error" // the rest quotes what the servers have written
		for _, server := range selection.Desc.Servers {
			if server.LastError != nil {
				text += fmt.Sprintf("; %s: %s", server.Addr, describe(server.LastError))
			}
		}
	case isCommand && (command.Code != 0 || len(command.Raw) > 0): // else it is what became of a connection
		text = fmt.Sprintf("server error %d (%s)", command.Code, command.Name)
	case isServer && !isCommand:
		text = fmt.Sprintf("server errors %v", server.ErrorCodes())
	case isWrite: // in the answer to a command that writes nothing
		text = "server error"
	}
	return driver.OneLine(text)
}
