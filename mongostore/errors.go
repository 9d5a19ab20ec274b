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

// serverError is an error of the server or of the connection with what it means. What the server writes about it may quote values
// of the session, so it is not part of the text; errors.As still finds it.
type serverError struct {
	means error // a sentinel of package driver
	text  string
	cause error
}

func (e *serverError) Error() string   { return e.means.Error() + ": " + e.text }
func (e *serverError) Unwrap() []error { return []error{e.means, e.cause} }

// describe returns what can be said of err in one line and without quoting a value. Every error that is not this package's own
// passes here.
func describe(err error) string {
	text := err.Error()
	command, isCommand := errors.AsType[mongo.CommandError](err)
	monitor, isMonitor := errors.AsType[mongodriver.Error](err)
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
	case answered(err):
		server, _ := errors.AsType[mongo.ServerError](err)
		text = fmt.Sprintf("server errors %v", server.ErrorCodes())
	case isMonitor && monitor.Code != 0: // what the client remembers of a server
		text = fmt.Sprintf("server error %d (%s)", monitor.Code, monitor.Name)
	case isWrite: // in the answer to a command that writes nothing
		text = "server error"
	}
	return driver.OneLine(text)
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

// unsent reports whether err kept a command from being sent at all.
func unsent(err error) bool {
	_, noServer := errors.AsType[topology.ServerSelectionError](err)
	_, noConnection := errors.AsType[topology.WaitQueueTimeoutError](err)
	return noServer || noConnection || errors.Is(err, mongo.ErrClientDisconnected)
}

// lost reports whether err leaves open what became of the command: it was sent, and no answer says that it was refused.
func lost(err error) bool {
	if err == nil || unsent(err) || errors.Is(err, mongo.ErrNoDocuments) || tooLarge(err) {
		return false
	}
	if labeled, ok := errors.AsType[mongo.LabeledError](err); ok &&
		(labeled.HasErrorLabel("NetworkError") || labeled.HasErrorLabel("RetryableWriteError")) {
		return true
	}
	if write, ok := errors.AsType[mongo.WriteException](err); ok && write.WriteConcernError != nil {
		return true // made, but perhaps not on enough members
	}
	return !answered(err) || hasCode(err, interrupted...)
}

// Codes of the server.
const (
	codeBadValue      = 2
	codeFailedToParse = 9
	codeTypeMismatch  = 14
	codePathNotViable = 28
	codeTooLarge      = 10334
	codeResultTooBig  = 17419
)

// interrupted are the codes of a server, or of a router in front of it, that gave up on a command it may have carried out. They
// are those of the specification of retryable writes, and that of a time limit. Labels do not tell: a server puts them only on
// commands with a transaction number.
var interrupted = []int{
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

// refused reports whether the server would not apply the operators to the document it found.
func refused(err error) bool {
	return hasCode(err, codeBadValue, codeFailedToParse, codeTypeMismatch, codePathNotViable)
}

func tooLarge(err error) bool {
	return errors.Is(err, mongodriver.ErrDocumentTooLarge) || hasCode(err, codeTooLarge, codeResultTooBig)
}

func hasCode(err error, codes ...int) bool {
	server, ok := errors.AsType[mongo.ServerError](err)
	return ok && slices.ContainsFunc(codes, server.HasErrorCode)
}

// fault wraps an error that came before any change was made.
func (s *Store) fault(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", driver.ErrUnavailable, ended(ctx, err))
	case tooLarge(err):
		return &serverError{driver.ErrTooLarge, "the document would be larger than the server allows", err}
	}
	return &serverError{driver.ErrUnavailable, describe(err), err}
}

// hindered returns the error of a call that others have come in the way of until its patience was over, or ctx.
func (s *Store) hindered(ctx context.Context, unclear bool) error {
	err := errors.New("other changes of the record keep coming in the way")
	if unclear {
		return unknown(ctx, err)
	}
	return s.fault(ctx, err)
}

// unknown wraps an error that leaves open whether the change was made.
func unknown(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", driver.ErrUnknownOutcome, ended(ctx, err))
	}
	return &serverError{driver.ErrUnknownOutcome, describe(err), err}
}

// ended returns the error of a call whose time was over when it had come to err. Of a wait for a server it names what kept the
// client from one.
func ended(ctx context.Context, err error) error {
	if selection, ok := errors.AsType[topology.ServerSelectionError](err); ok {
		for _, server := range selection.Desc.Servers {
			if server.LastError != nil {
				return retry.Ended(ctx, errors.New(describe(server.LastError)))
			}
		}
	}
	if errors.Is(err, ctx.Err()) {
		return ctx.Err()
	}
	return retry.Ended(ctx, errors.New(describe(err)))
}
