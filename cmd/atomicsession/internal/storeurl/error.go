package storeurl

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/rueidis"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/auth"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/atomicsession/atomicsession/driver"
)

// StoreError is a store that cannot be opened or does not do what it is asked for. Its text is one line of at most 170 bytes: where
// the store is, and the cause.
type StoreError struct {
	Err    error
	where  string        // the servers, or the file
	within time.Duration // what it had, 0 for no limit
	tls    bool          // to a server without TLS the beginning of TLS may be a command that has not ended
}

func (e *StoreError) Unwrap() error { return e.Err }

func (e *StoreError) Error() string {
	return Cut(Cut(driver.OneLine(e.where), 70)+": "+e.cause(), 170)
}

// Explain returns err, of a call to the store that had so long, as a [StoreError] if the store is at fault.
func (o *Opened) Explain(err error, within time.Duration) error {
	for _, fault := range []error{driver.ErrUnavailable, driver.ErrUnknownOutcome, driver.ErrCorrupt, driver.ErrFull, context.DeadlineExceeded} {
		if o.where != "" && errors.Is(err, fault) {
			return &StoreError{err, o.where, within, o.tls}
		}
	}
	return err
}

// Cut returns text, or its beginning and an ellipsis if it is longer than so many bytes.
func Cut(text string, length int) string {
	if len(text) <= length {
		return text
	}
	const ellipsis = "…"
	return strings.ToValidUTF8(text[:length-len(ellipsis)], "") + ellipsis
}

// cause says in a few words what is the matter: the drivers' own texts tell of all they have tried, on several lines.
func (e *StoreError) cause() string {
	text := e.reason()
	if errors.Is(e.Err, driver.ErrUnknownOutcome) {
		text = "it may have happened or not: " + text
	}
	return text
}

func (e *StoreError) reason() string {
	err := e.Err
	if selection, ok := errors.AsType[topology.ServerSelectionError](err); ok {
		for _, server := range selection.Desc.Servers {
			if server.LastError != nil {
				err = server.LastError
			}
		}
		if len(selection.Desc.Servers) == 0 {
			return "no server there is what the parameters want, such as a member of the replicaSet"
		}
	}
	if _, last, ok := strings.Cut(err.Error(), "; last: "); ok { // of package retry
		return e.plain(last)
	}
	for _, cause := range []func(error) string{missing, byServer, byTLS, byNetwork} {
		if text := cause(err); text != "" {
			return text
		}
	}
	// The words of rueidis, MongoDB's driver and pgx.
	for _, words := range []string{"unknown message type", "length of read message", "unexpected message"} {
		if strings.Contains(err.Error(), words) {
			return "what answers there is another kind of server"
		}
	}
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	if isTimeout(err) {
		text := "no answer in time"
		if e.within > 0 {
			text = fmt.Sprintf("no answer within %v", e.within)
		}
		if e.tls {
			text += "; it may not speak TLS"
		}
		return text
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) {
		if e.tls {
			return "the server ends the connection: it may not speak TLS"
		}
		return "the server ends the connection: it may want TLS"
	}
	return e.plain(err.Error())
}

// plain returns the text of an error without what is said anyway, and on one line.
func (e *StoreError) plain(text string) string {
	text = strings.TrimPrefix(text, "sqlitestore: open "+e.where+": ")
	if _, reason, ok := strings.Cut(text, driver.ErrUnavailable.Error()+": "); ok {
		text = reason
	}
	return driver.OneLine(pgxConnects.ReplaceAllString(text, ""))
}

// pgxConnects matches what pgx says in front of the cause: the user, which is nobody's business, and the servers.
var pgxConnects = regexp.MustCompile("failed to connect to `[^`]*`:\\s+|(?m:^\\s*\\S+ \\([^)]*\\): )")

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

// missingError says that a server is there and what is asked for on it is not.
type missingError struct{ what string }

func (e *missingError) Error() string { return e.what }

func missing(err error) string {
	if e, ok := errors.AsType[*missingError](err); ok {
		return e.what
	}
	return ""
}

const refusedLogin = "the server refuses the user or the password"

// byServer reads what a server has answered.
func byServer(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return byPostgres(e)
	}
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return byMySQL(e)
	}
	if e, ok := errors.AsType[*rueidis.RedisError](err); ok {
		return byRedis(e.Error())
	}
	if _, ok := errors.AsType[*auth.Error](err); ok {
		return refusedLogin
	}
	if e, ok := errors.AsType[mongo.CommandError](err); ok && e.Code != 0 {
		switch e.Code {
		case 13, 18:
			return refusedLogin
		}
		return fmt.Sprintf("the server answers with error %d (%s)", e.Code, e.Name)
	}
	return ""
}

func byPostgres(e *pgconn.PgError) string {
	switch {
	case strings.HasPrefix(e.Code, "28") && strings.Contains(e.Message, "no encryption"):
		return "the server refuses the login without TLS (sslmode=require), or altogether"
	case strings.HasPrefix(e.Code, "28"):
		return refusedLogin
	case e.Code == "3D000":
		return "there is no such database"
	case refusesParameter(e): // its words may quote a value
		return "the server refuses a parameter of the URL"
	case e.Code == "3F000" || e.Code == "42P01" || e.Code == "42883" || e.Code == "42703":
		return "the schema is missing, of another version than this command, or not visible to the user"
	}
	return driver.OneLine(fmt.Sprintf("the server answers: %s (SQLSTATE %s)", e.Message, e.Code))
}

// refusesParameter tells the codes for a name or a value that is unknown, malformed or not allowed, also of a pooler in between.
func refusesParameter(e *pgconn.PgError) bool {
	return slices.Contains([]string{"08P01", "22023", "42601", "42602", "42704"}, e.Code)
}

func byRedis(text string) string {
	code, _, _ := strings.Cut(text, " ")
	switch {
	case code == "WRONGPASS", code == "NOAUTH",
		strings.Contains(text, "invalid password"), strings.Contains(text, "AUTH <password> called"): // of Redis 5
		return refusedLogin
	case strings.Contains(text, "out of range"): // of what is sent to connect, the number of the database alone has one
		return "there is no such database"
	case code == "NOPERM":
		return "the user lacks a permission"
	}
	if !errorCode.MatchString(code) { // the client leaves ERR out
		code = "ERR"
	}
	return "the server answers with error " + code
}

// errorCode matches the codes of Redis. What stands behind one may quote a command, and so a password.
var errorCode = regexp.MustCompile(`^[A-Z]{1,30}$`)

// byTLS tells what is the matter with TLS.
func byTLS(err error) string {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, mysql.ErrNoTLS) {
		return "the server does not speak TLS"
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return driver.OneLine("TLS: " + e.Err.Error())
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok || strings.Contains(err.Error(), "tls: ") {
		_, text, _ := strings.Cut(err.Error(), "tls: ")
		return driver.OneLine("TLS: " + text)
	}
	if strings.Contains(err.Error(), "server refused TLS connection") { // pgx has no type for it
		return "the server does not speak TLS"
	}
	return ""
}

// byNetwork tells why there is no connection.
func byNetwork(err error) string {
	if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
		return "no such host: " + Cut(driver.OneLine(e.Name), 60)
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok && e != syscall.ECONNRESET && e != syscall.EPIPE {
		return e.Error()
	}
	return ""
}

func timeLeft(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	return time.Until(deadline).Round(100 * time.Millisecond)
}
