package pgstore

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// serverError is an error that the server has answered with, as pgx and lib/pq have it.
type serverError interface {
	error
	SQLState() string
}

// shown is the server's error e with what it means, and nothing of what the server writes about it, which may quote values of the
// session.
func shown(means error, text string, e serverError) error {
	return retry.Shown(means, fmt.Sprintf("%s (SQLSTATE %s)", text, e.SQLState()), e)
}

// class is the first two letters of the code.
func class(e serverError) string { return e.SQLState()[:min(2, len(e.SQLState()))] }

const (
	codeNoFunction = "42883"
	codePrivilege  = "42501"
)

// meanings are the codes of errors that a caller can do something about. A code of two letters stands for its class.
// See https://www.postgresql.org/docs/current/errcodes-appendix.html.
var meanings = map[string]struct {
	means error
	text  string
}{
	"3F000": {errLayout, notMigrated},
	"42P01": {errLayout, notMigrated},
	"42703": {errLayout, notMigrated},

	codeNoFunction: {errLayout, notMigrated},
	codePrivilege:  {driver.ErrUnavailable, "the role lacks a privilege on the schema, a table or a function"},
	"28":           {driver.ErrUnavailable, "the server refused the login"},
	"3D000":        {driver.ErrUnavailable, "there is no such database"},
	"26000":        {driver.ErrUnavailable, "the server forgot a prepared statement: behind a connection pooler choose another QueryExecMode"},
	"42P05":        {driver.ErrUnavailable, "the server knew a prepared statement: behind a connection pooler choose another QueryExecMode"},
	"53100":        {driver.ErrFull, "the disk is full"},
	"54":           {driver.ErrTooLarge, "past a limit of the server"},
	"57014":        {driver.ErrUnavailable, "canceled by statement_timeout or an administrator"},
	"55P03":        {driver.ErrUnavailable, "canceled by lock_timeout"},
	"22021":        {driver.ErrValue, "a text that is not UTF-8, or holds NUL"},
	"22":           {driver.ErrCorrupt, foreignRow},
	"23":           {driver.ErrCorrupt, foreignRow},
}

// errLayout is about the whole schema.
var errLayout = fmt.Errorf("%w: %w", driver.ErrUnavailable, driver.ErrLayout)

const (
	foreignRow  = "a row is not as this package writes it"
	notMigrated = "the schema is missing or of another version than this package, or not visible to the role: call Migrate"
)

// passing are the codes with which a server refuses what another try may succeed with.
var passing = map[string]string{
	"40001":      "serialization failure", // rolled back, like the next
	"40P01":      "deadlock",
	"53300":      "too many connections",
	"57P03":      "the server starts, stops or recovers",
	codeReadOnly: "the server or the transaction is read-only",
}

// codeReadOnly is what a server says that was the primary before a failover, or is a standby.
const codeReadOnly = "25006"

// isReadOnly reports whether err came of a server that only reads.
func isReadOnly(err error) bool {
	e, ok := errors.AsType[serverError](err)
	return ok && e.SQLState() == codeReadOnly
}

// isDenied reports whether err came of a server that has no such function, or lets the role neither call one nor make one.
func isDenied(err error) bool {
	e, ok := errors.AsType[serverError](err)
	return ok && (e.SQLState() == codeNoFunction || e.SQLState() == codePrivilege)
}

// isGoing reports whether err came of a server, or of what stands before it, that is about to end the connection: it is shut down or
// crashes, or cannot be connected to now.
func isGoing(err error) bool {
	e, ok := errors.AsType[serverError](err)
	return ok && strings.HasPrefix(e.SQLState(), "57P")
}

func explainServer(e serverError) error {
	if text, ok := passing[e.SQLState()]; ok {
		return retry.Refused(shown(nil, text, e))
	}
	m, ok := meanings[e.SQLState()]
	if !ok {
		m, ok = meanings[class(e)]
	}
	if !ok {
		m.means, m.text = driver.ErrUnavailable, "the server failed"
	}
	return shown(m.means, m.text, e)
}

// explain turns what became of a statement on a connection into one of the driver's errors; what this package has found out itself is
// one already. What a server answers with an error it has rolled back, unless it ended the connection by it.
func explain(err error) error {
	if err == nil || errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrCorrupt) || errors.Is(err, driver.ErrUnknownOutcome) {
		return err
	}
	if e, ok := errors.AsType[serverError](err); ok && !isFatal(e) {
		return explainServer(e)
	} else if ok {
		return retry.Lost(shown(nil, "the server ended the connection", e))
	}
	if _, ok := errors.AsType[pgx.ScanArgError](err); ok {
		return driver.Corrupt(foreignRow)
	}
	// Of a closed connection pgx says that nothing was sent. But by the simple protocol, which a commit is always sent by, it finds it closed
	// when it was cut before the reply.
	if pgconn.SafeToRetry(err) && !errors.Is(err, pgconn.ErrConnClosed) {
		return retry.Refused(err)
	}
	return retry.Lost(err)
}

// isFatal reports whether the server ended the connection: it may do so between the commit and its reply. What other drivers than pgx tell
// less well has been asked before: see otherConn.
func isFatal(e serverError) bool {
	severity, code := "", e.SQLState()
	if e, ok := e.(*pgconn.PgError); ok {
		severity = e.SeverityUnlocalized
	}
	return severity == "FATAL" || severity == "PANIC" || code == "40003" || code == "57P01" || code == "57P02" || class(e) == "08"
}

// explainConnect does the same with an error of getting a connection: nothing was sent on it.
func explainConnect(err error) error {
	if e, ok := errors.AsType[serverError](err); ok {
		if class(e) == "22" { // a parameter of the connection string
			return shown(driver.ErrUnavailable, "the server refused a setting of the connection", e)
		}
		return explainServer(e)
	}
	if errors.Is(err, puddle.ErrClosedPool) || err.Error() == "sql: database is closed" { // which database/sql does not export
		return fmt.Errorf("%w: %w", driver.ErrUnavailable, err)
	}
	return retry.Refused(err)
}
