package mysqlstore

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestServerErrors has every kind of error of a server: what it means before the commit and at the commit, and whether it is tried again.
// None is quoted.
func TestServerErrors(t *testing.T) {
	for _, c := range []struct {
		number         uint16
		want           error
		again          bool
		endIsUnknown   bool
		aloneIsUnknown bool // of a statement that is a transaction of its own
	}{
		{1205, driver.ErrUnavailable, true, false, false},
		{1213, driver.ErrUnavailable, true, false, false},
		{1047, driver.ErrUnavailable, true, false, false},
		{1290, driver.ErrUnavailable, true, false, false},
		{1792, driver.ErrUnavailable, true, false, false},
		{1040, driver.ErrUnavailable, true, false, false},
		{1317, driver.ErrUnavailable, true, true, true},
		{1053, driver.ErrUnavailable, true, true, true},
		{1969, driver.ErrUnavailable, true, true, true},
		{1180, driver.ErrUnavailable, false, true, true},
		{28, driver.ErrUnavailable, false, true, true},
		{1030, driver.ErrUnavailable, false, true, true},
		{1104, driver.ErrUnavailable, false, true, false},
		{3101, driver.ErrUnavailable, true, false, false},
		{1288, driver.ErrLayout, false, false, false},
		{1105, driver.ErrUnavailable, false, true, true},
		{1114, driver.ErrFull, false, false, false},
		{1153, driver.ErrTooLarge, false, false, false},
		{1146, driver.ErrLayout, false, false, false},
		{1142, driver.ErrUnavailable, false, false, false},
		{1366, driver.ErrCorrupt, false, false, false},
	} {
		server := &mysql.MySQLError{Number: c.number, Message: "Duplicate entry 'the-password\nada@example.org'"}
		err := explain(fmt.Errorf("query: %w", server))
		storetest.InOneLine(t, fmt.Sprint(c.number), err, c.want)
		if retry.CanRepeat(err) != c.again || errors.Is(err, driver.ErrUnknownOutcome) {
			t.Errorf("%d: %v: again %t, want %t", c.number, err, retry.CanRepeat(err), c.again)
		}
		end := explainEnd(server)
		if errors.Is(end, driver.ErrUnknownOutcome) != c.endIsUnknown {
			t.Errorf("%d at the commit: %v", c.number, end)
		}
		alone := explainAlone(server)
		if errors.Is(alone, driver.ErrUnknownOutcome) != c.aloneIsUnknown || errors.Is(alone, c.want) == c.aloneIsUnknown {
			t.Errorf("%d alone: %v", c.number, alone)
		}
		if c.endIsUnknown {
			storetest.InOneLine(t, fmt.Sprint(c.number), end, driver.ErrUnknownOutcome)
		}
	}
	for _, text := range []string{"Got error 28 \"No space left on device\" from storage engine InnoDB", "Got error: 28 from storage engine"} {
		if err := explain(&mysql.MySQLError{Number: 1030, Message: text}); !errors.Is(err, driver.ErrFull) {
			t.Errorf("%q: error %v, want %v", text, err, driver.ErrFull)
		}
	}
	for err, want := range map[error]error{
		mysql.ErrInvalidConn: driver.ErrUnknownOutcome, sqldriver.ErrBadConn: driver.ErrUnavailable, mysql.ErrPktTooLarge: driver.ErrTooLarge,
		context.Canceled: driver.ErrUnknownOutcome,
	} {
		if got := explain(err); !errors.Is(got, want) {
			t.Errorf("%v: error %v, want %v", err, got, want)
		}
	}
}

// TestStrangers has clients that the server lets do nothing: they are told so at once, and no password is quoted.
func TestStrangers(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	for name, change := range map[string]func(*mysql.Config){
		"wrong password":   func(c *mysql.Config) { c.Passwd = "the-password" },
		"unknown user":     as("nobody", "the-password"),
		"unknown database": func(c *mysql.Config) { c.DBName = "nowhere" },
		"no database":      func(c *mysql.Config) { c.DBName = "" },
	} {
		stranger := over(t, connect(t, change), &s.opts)
		for method, call := range storetest.Methods(stranger, k, now) {
			start := time.Now()
			err := call(within(t, 20*time.Second))
			if errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 10*time.Second {
				t.Errorf("%s: %s: error %v after %v, want it at once", name, method, err, time.Since(start))
			}
			storetest.InOneLine(t, name+": "+method, err, driver.ErrUnavailable)
		}
		storetest.InOneLine(t, name+": Migrate", stranger.Migrate(t.Context()), driver.ErrUnavailable)
	}
	counts(t, s, k, now, 1)
}

// TestPool has a pool that is closed, and one that is exhausted.
func TestPool(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	db := connect(t)
	db.SetMaxOpenConns(1)
	far := over(t, db, &s.opts)
	conn, err := db.Conn(t.Context())
	must(t, err)
	storetest.Fails(t, far, k, now, 100*time.Millisecond, driver.ErrUnavailable)
	storetest.NamesRefusal(t, far, k, now, "all 1 connections of the pool are in use")
	must(t, conn.Close())
	counts(t, far, k, now, 1)
	must(t, db.Close())
	for name, call := range storetest.Methods(far, k, now) {
		if err := call(t.Context()); !errors.Is(err, driver.ErrUnavailable) {
			t.Errorf("%s: error %v, want %v", name, err, driver.ErrUnavailable)
		}
	}
}

// TestPacketTooLarge has values that the server does not accept in one message.
func TestPacketTooLarge(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "", `{"n":1}`)
	text := driver.StringValue(strings.Repeat("x", 9<<20))
	for _, path := range []driver.Path{"text", "in.text"} {
		_, err := s.Update(t.Context(), now, k, &driver.Update{
			Ops: []driver.Op{driver.Set{Path: path, Value: text}, inc("n").Ops[0]}, Limits: driver.Limits{Size: 1 << 30},
		})
		if !errors.Is(err, driver.ErrTooLarge) || errors.Is(err, driver.ErrUnknownOutcome) {
			t.Errorf("%s: error %v, want %v", path, err, driver.ErrTooLarge)
		}
	}
	counts(t, s, k, now, 1)
}

func TestOptionsRefused(t *testing.T) {
	db := connect(t)
	for _, opts := range []*Options{
		{Prefix: longest(56)}, {Prefix: "ü"}, {Prefix: "a\n"}, {Database: longest(65)}, {Database: "a "}, {Database: "\x00"}, {Timeout: -1},
	} {
		if _, err := New(db, opts); err == nil {
			t.Errorf("%+v: no error", opts)
		}
	}
}
