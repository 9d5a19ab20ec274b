package mongostore

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"
	mongodriver "go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/atomicsession/atomicsession/driver"
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

// describe returns what can be said of err without quoting a value.
func describe(err error) string {
	var server mongo.ServerError
	if !answered(err) || !errors.As(err, &server) {
		return err.Error()
	}
	var command mongo.CommandError
	if errors.As(err, &command) {
		return fmt.Sprintf("server error %d (%s)", command.Code, command.Name)
	}
	return fmt.Sprintf("server errors %v", server.ErrorCodes())
}

// answered reports whether err is the server's answer, and not what became of a connection: the client gives that the
// same type, without a code.
func answered(err error) bool {
	var command mongo.CommandError
	if errors.As(err, &command) {
		return command.Code != 0
	}
	var server mongo.ServerError
	return errors.As(err, &server)
}

// unsent reports whether err kept a command from being sent at all.
func unsent(err error) bool {
	var selection topology.ServerSelectionError
	var queue topology.WaitQueueTimeoutError
	return errors.As(err, &selection) || errors.As(err, &queue) || errors.Is(err, mongo.ErrClientDisconnected)
}

// lost reports whether err leaves open what became of the command: it was sent, and no answer says that it was refused.
func lost(err error) bool {
	if err == nil || unsent(err) || errors.Is(err, mongo.ErrNoDocuments) || tooLarge(err) {
		return false
	}
	var labeled mongo.LabeledError
	if errors.As(err, &labeled) && (labeled.HasErrorLabel("NetworkError") || labeled.HasErrorLabel("RetryableWriteError")) {
		return true
	}
	var write mongo.WriteException
	if errors.As(err, &write) && write.WriteConcernError != nil {
		return true // made, but perhaps not on enough members
	}
	var server mongo.ServerError
	return !answered(err) || errors.As(err, &server) && server.HasErrorCode(codeMaxTime)
}

// Codes of the server.
const (
	codeBadValue      = 2
	codeFailedToParse = 9
	codeTypeMismatch  = 14
	codePathNotViable = 28
	codeMaxTime       = 50
	codeTooLarge      = 10334
	codeResultTooBig  = 17419
)

// refused reports whether the server would not apply the operators to the document it found.
func refused(err error) bool {
	var server mongo.ServerError
	if !errors.As(err, &server) {
		return false
	}
	for _, code := range []int{codeBadValue, codeFailedToParse, codeTypeMismatch, codePathNotViable} {
		if server.HasErrorCode(code) {
			return true
		}
	}
	return false
}

func tooLarge(err error) bool {
	var server mongo.ServerError
	if errors.Is(err, mongodriver.ErrDocumentTooLarge) {
		return true
	}
	return errors.As(err, &server) && (server.HasErrorCode(codeTooLarge) || server.HasErrorCode(codeResultTooBig))
}

// fault wraps an error that came before any change was made.
func (s *Store) fault(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", driver.ErrUnavailable, ctx.Err())
	case tooLarge(err):
		return &serverError{driver.ErrTooLarge, "the document would be larger than the server allows", err}
	}
	return &serverError{driver.ErrUnavailable, describe(err), err}
}

// unknown wraps an error that leaves open whether the change was made.
func unknown(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", driver.ErrUnknownOutcome, ctx.Err())
	}
	return &serverError{driver.ErrUnknownOutcome, describe(err), err}
}
