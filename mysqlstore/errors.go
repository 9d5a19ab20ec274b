package mysqlstore

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// shown is the server's error e with what it means, and nothing of what the server writes about it, which may quote values of the
// session.
func shown(means error, text string, e *mysql.MySQLError) error {
	return retry.Shown(means, fmt.Sprintf("%s (error %d)", text, e.Number), e)
}

const (
	numberDuplicate = 1062
	numberNoTable   = 1146
	numberEngine    = 1030

	numberNoRoutine       = 1305
	numberNoExecute       = 1370 // nor the right to alter one
	numberNoRight         = 1142 // on a table
	numberNoDatabaseRight = 1044
	numberNoSuper         = 1419 // which a binary log asks for

	numberReadOnly   = 1290 // --read-only and other options
	numberReadOnlyTx = 1792
	numberInnoDBRead = 1836
	numberSuperRead  = 3100
)

// errLayout is about the whole store.
var errLayout = fmt.Errorf("%w: %w", driver.ErrUnavailable, driver.ErrLayout)

const (
	foreignRow  = "a row is not as this package writes it"
	notMigrated = "the tables are missing or of another version than this package: call Migrate"
	noPrivilege = "the user lacks a privilege on the database, a table or a procedure"
	full        = "the disk or a tablespace is full"
	readOnly    = "the server or the transaction is read-only"
	interrupted = "the statement was interrupted, or took longer than the server allows"
	ended       = "the server ended the connection"
	largePacket = "more than max_allowed_packet of the server, or maxAllowedPacket of the driver"
)

// meanings are the numbers of errors that a caller can do something about.
// See https://mariadb.com/kb/en/mariadb-error-codes/ and https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html.
var meanings = map[uint16]struct {
	means error
	text  string
}{
	1054: {errLayout, notMigrated}, // column
	1318: {errLayout, notMigrated}, // number of arguments

	1288: {errLayout, notMigrated}, // a view
	1347: {errLayout, notMigrated},
	1471: {errLayout, notMigrated},
	1176: {errLayout, notMigrated}, // index

	numberNoTable:         {errLayout, notMigrated},
	numberNoRoutine:       {errLayout, notMigrated},
	numberNoExecute:       {driver.ErrUnavailable, noPrivilege},
	numberNoRight:         {driver.ErrUnavailable, noPrivilege},
	1143:                  {driver.ErrUnavailable, noPrivilege}, // on a column
	1227:                  {driver.ErrUnavailable, noPrivilege},
	numberNoDatabaseRight: {driver.ErrUnavailable, noPrivilege},
	1045:                  {driver.ErrUnavailable, "the server refused the login"},
	1049:                  {driver.ErrUnavailable, "there is no such database"},
	1046:                  {driver.ErrUnavailable, "the connection has no database, and Options.Database names none"},
	1665:                  {driver.ErrUnavailable, "binlog_format is STATEMENT: it must be MIXED or ROW"},
	1064:                  {driver.ErrUnavailable, "the server does not know a statement: it is older than MariaDB 10.6 and MySQL 8.0"},
	1114:                  {driver.ErrFull, full},
	1021:                  {driver.ErrFull, full},
	1041:                  {driver.ErrFull, "the server is out of memory"},
	1037:                  {driver.ErrFull, "the server is out of memory"},
	1153:                  {driver.ErrTooLarge, largePacket},
	1301:                  {driver.ErrTooLarge, largePacket},
	1406:                  {driver.ErrTooLarge, "longer than a column"},
	1366:                  {driver.ErrCorrupt, foreignRow},
	1292:                  {driver.ErrCorrupt, foreignRow},
	1264:                  {driver.ErrCorrupt, foreignRow},
	1690:                  {driver.ErrCorrupt, foreignRow},
	1048:                  {driver.ErrCorrupt, foreignRow},
	1452:                  {driver.ErrCorrupt, foreignRow},
	numberDuplicate:       {driver.ErrCorrupt, foreignRow},
}

// passing are the numbers with which a server refuses what another try may succeed with. What has met one was rolled back, or is about to
// be.
var passing = map[uint16]string{
	1205:             "waited too long for a lock",
	1213:             "deadlock",
	1020:             "the row has changed since it was read",
	1047:             "the node is not ready", // Galera
	1040:             "too many connections",
	1203:             "too many connections",
	1226:             "too many connections or statements of the user",
	1568:             "a transaction was open in the connection",
	3101:             "the other servers have refused the commit", // group replication
	1412:             "the tables are being changed",
	1615:             "the tables are being changed",
	numberReadOnly:   readOnly,
	numberReadOnlyTx: readOnly,
	numberInnoDBRead: readOnly,
	numberSuperRead:  readOnly,
}

// cutShort are the numbers of what ends a statement from outside: what it has done so far may have been committed.
var cutShort = map[uint16]string{
	1317: interrupted,
	1969: interrupted, // max_statement_time
	3024: interrupted, // max_execution_time
	1053: "the server shuts down",
	1927: ended,
	3169: ended,
	4031: ended, // by its timeout
}

// committing are the numbers that may come while what a statement has done is being committed, and written to the binary log: nobody
// knows how far that went. So may all below fileErrors. Those of a refused certification (1213, 3100, 3101) say that it was taken back.
var committing = []uint16{
	1023, 1024, 1026, // files
	numberEngine,
	1105,       // unknown
	1180, 1181, // commit, rollback
	1534, 1598, 1950, // the binary log
	1815, // internal
}

const fileErrors = 1000

func isNumber(err error, numbers ...uint16) bool {
	e, ok := errors.AsType[*mysql.MySQLError](err)
	return ok && slices.Contains(numbers, e.Number)
}

// isReadOnly reports whether err came of a server that only reads, such as one that was the primary before a failover.
func isReadOnly(err error) bool {
	return isNumber(err, numberReadOnly, numberReadOnlyTx, numberInnoDBRead, numberSuperRead)
}

// isGoing reports whether err came of a server that is about to end the connection, or serves nobody now.
func isGoing(err error) bool { return isNumber(err, 1053, 1927, 3169, 4031, 1047) }

// explainServer explains what the server has answered to a statement that is not committed.
func explainServer(e *mysql.MySQLError) error {
	if text, ok := passing[e.Number]; ok {
		return retry.Refused(shown(nil, text, e))
	}
	if text, ok := cutShort[e.Number]; ok {
		return retry.Refused(shown(nil, text, e))
	}
	m, ok := meanings[e.Number]
	switch {
	case ok:
	case e.Number == numberEngine && (strings.Contains(e.Message, "error 28 ") || strings.Contains(e.Message, "error: 28 ")):
		m.means, m.text = driver.ErrFull, full
	default:
		m.means, m.text = driver.ErrUnavailable, "the server failed"
	}
	return shown(m.means, m.text, e)
}

// explainUncommitted explains what became of a statement of a transaction that is not committed afterwards: lost or not, nothing has changed.
func explainUncommitted(err error) error {
	if explained := explain(err); !errors.Is(explained, driver.ErrUnknownOutcome) {
		return explained
	}
	return retry.Refused(err)
}

// explainAlone explains what became of a statement that is a transaction of its own: its errors have taken it back, but for those that may
// come of the commit.
func explainAlone(err error) error {
	e, ok := errors.AsType[*mysql.MySQLError](err)
	if ok && e.Number >= fileErrors && !slices.Contains(committing, e.Number) && cutShort[e.Number] == "" {
		return explainServer(e)
	}
	return explainEnd(err)
}

// explainEnd explains what became of a statement that commits: some errors may have come after that.
func explainEnd(err error) error {
	e, ok := errors.AsType[*mysql.MySQLError](err)
	if !ok {
		return explain(err)
	}
	if text, ok := cutShort[e.Number]; ok {
		return retry.Lost(shown(nil, text, e))
	}
	explained := explainServer(e)
	if _, known := meanings[e.Number]; !known && !retry.CanRepeat(explained) && !errors.Is(explained, driver.ErrFull) {
		return retry.Lost(shown(nil, "the server failed", e))
	}
	return explained
}

// explain turns what became of a statement on a connection into one of the driver's errors; what this package has found out itself is
// one already.
func explain(err error) error {
	switch {
	case err == nil, errors.Is(err, driver.ErrUnavailable), errors.Is(err, driver.ErrUnknownOutcome), errors.Is(err, driver.ErrCorrupt),
		errors.Is(err, driver.ErrFull), errors.Is(err, driver.ErrTooLarge):
		return err
	case errors.Is(err, mysql.ErrPktTooLarge):
		return retry.Shown(driver.ErrTooLarge, largePacket, err)
	case errors.Is(err, sqldriver.ErrBadConn): // nothing was sent
		return retry.Refused(err)
	}
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return explainServer(e)
	}
	return retry.Lost(err)
}

// explainConnect explains an error of getting a connection: nothing was sent on it.
func explainConnect(err error) error {
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return explainServer(e)
	}
	if errors.Is(err, sql.ErrConnDone) || !errors.Is(err, context.Canceled) && err.Error() == "sql: database is closed" {
		return fmt.Errorf("%w: %w", driver.ErrUnavailable, err)
	}
	return retry.Refused(err)
}
