package pgstore

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// plain expects an error whose text is one line, and returns that text.
func plain(t *testing.T, what string, err error) string {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return ""
	}
	if text := err.Error(); text != strings.TrimSpace(text) || text != driver.OneLine(text) {
		t.Errorf("%s: the text is more than one line: %q", what, text)
	}
	return err.Error()
}

// failures calls every method, Migrate included, and expects errors of one line that match one of those wanted.
func failures(t *testing.T, s *Store, k driver.Key, now time.Time, want ...error) (texts string) {
	t.Helper()
	methods := storetest.Methods(s, k, now)
	methods["Migrate"] = s.Migrate
	for name, call := range methods {
		err := call(within(t, 20*time.Second))
		texts += plain(t, name, err) + "\n"
		if !storetest.Matches(err, want...) {
			t.Errorf("%s: error %v, want one of %v", name, err, want)
		}
	}
	return texts
}

// TestConnectErrors has pools that get no connection, for reasons that take pgx more than one line to tell.
func TestConnectErrors(t *testing.T) {
	cause := errors.New("a reason\nof two lines")
	port := address(serverURL)[strings.LastIndex(address(serverURL), ":")+1:]
	for name, c := range map[string]struct {
		url    string
		change func(*pgxpool.Config)
		want   error
		text   string
	}{
		"two hosts that refuse": {"postgres://ann@127.0.0.1:1,127.0.0.2:1/app?sslmode=disable", nil, syscall.ECONNREFUSED, "127.0.0.2:1"},
		"two names of nobody": {"postgres://ann@a.invalid,b.invalid/app?sslmode=disable", func(c *pgxpool.Config) {
			c.ConnConfig.LookupFunc = func(_ context.Context, host string) ([]string, error) { return nil, errors.New("no " + host) }
		}, driver.ErrUnavailable, "b.invalid"},
		"names of two lines":      {"postgres://ann%0Abob@127.0.0.1:1/a%0Ab?sslmode=disable", nil, syscall.ECONNREFUSED, "bob"},
		"a stranger of two lines": {with(t, serverURL, "user", "ann\nbob:x"), nil, driver.ErrUnavailable, "login"},
		"no database":             {with(t, serverURL, "database", "a\nb"), nil, driver.ErrUnavailable, "no such database"},
		"one host is wrong, one refuses": {
			with(t, serverURL, "user", "ann:x", "host", "127.0.0.1:1,127.0.0.1:"+port), nil, driver.ErrUnavailable, "login",
		},
		"an unknown setting": {with(t, serverURL, "no\nsetting", "x\ny"), nil, driver.ErrUnavailable, "SQLSTATE"},
		"a wrong setting":    {with(t, serverURL, "statement_timeout", "x\ny"), nil, driver.ErrUnavailable, "setting"},
		"the pool's own": {serverURL, func(c *pgxpool.Config) {
			c.BeforeConnect = func(context.Context, *pgx.ConnConfig) error { return errors.Join(cause, cause) }
		}, cause, "of two lines"},
	} {
		t.Run(name, func(t *testing.T) {
			var changes []func(*pgxpool.Config)
			if c.change != nil {
				changes = append(changes, c.change)
			}
			s := over(t, dial(t, c.url, changes...), &Options{Timeout: 20 * time.Millisecond})
			texts := failures(t, s, storetest.NewKey(), time.Now(), c.want)
			if !strings.Contains(texts, c.text) {
				t.Errorf("the text does not name %q: %s", c.text, texts)
			}
		})
	}
}

// TestRaised has triggers that raise what somebody has written, as the codes that the store knows and some that it does not.
func TestRaised(t *testing.T) { everyWay(t, testRaised) }

func testRaised(t *testing.T, w way) {
	const quoted = "two\nlines"
	schema := freshSchema(t)
	pool := dial(t, with(t, serverURL, "search_path", schema))
	s := w.migrated(t, serverURL, &Options{Schema: schema})
	s.timeout = 20 * time.Millisecond
	exec(t, pool, `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN RAISE '`+quoted+`' USING ERRCODE = TG_ARGV[0], DETAIL = '`+quoted+`', HINT = '`+quoted+`'; END $$`)
	for code, want := range map[string]error{
		"P0001": driver.ErrUnavailable, "23514": driver.ErrCorrupt, "40001": driver.ErrUnavailable, "53100": driver.ErrFull,
		"08006": driver.ErrUnknownOutcome, "40003": driver.ErrUnknownOutcome, // as if the connection had ended
	} {
		exec(t, pool, `CREATE OR REPLACE TRIGGER fail BEFORE INSERT OR UPDATE OR DELETE ON session FOR EACH ROW EXECUTE FUNCTION fail('`+code+`')`)
		exec(t, pool, "ALTER TABLE session DISABLE TRIGGER fail")
		k, now := create(t, s, "ann", `{"a":{"b":1},"n":1}`)
		exec(t, pool, "ALTER TABLE session ENABLE TRIGGER fail")
		for name, call := range storetest.Methods(s, k, now) {
			err := call(within(t, 20*time.Second))
			if reads(name) {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			text := plain(t, code+": "+name, err)
			if e, ok := errors.AsType[serverError](err); !errors.Is(err, want) || !ok && code != "40001" || ok && e.SQLState() != code {
				t.Errorf("%s: %s: error %v, want %v with the server's", code, name, err, want)
			}
			if strings.Contains(text, "two") || !strings.Contains(text, code) {
				t.Errorf("%s: %s: the error quotes what was raised, or does not name the code: %v", code, name, err)
			}
		}
		if r, err := s.Load(t.Context(), now, k); err != nil || r.Data.Get("n").Int() != 1 {
			t.Errorf("%s: the session is %s (error: %v)", code, r.Data.Text(), err)
		}
	}
}

// TestMigrateErrors has migrations that fail, in a schema whose name has two lines.
func TestMigrateErrors(t *testing.T) {
	pool, schema := connect(t), freshName()+"\nfor sessions"
	name := quoteIdentifier(schema)
	t.Cleanup(func() { exec(t, pool, "DROP SCHEMA IF EXISTS "+name+" CASCADE") })
	s := over(t, pool, &Options{Schema: schema})
	for what, sql := range map[string]string{
		"another's tables": "CREATE SCHEMA " + name + "; CREATE TABLE " + name + ".session (id text)",
		"no version":       "CREATE SCHEMA " + name + "; CREATE TABLE " + name + ".version ()",
		"a newer version":  "CREATE SCHEMA " + name + "; CREATE TABLE " + name + ".version AS SELECT 1000 AS version",
		"half a version":   "CREATE SCHEMA " + name + "; CREATE TABLE " + name + ".version AS SELECT 'two\nlines' AS version",
	} {
		exec(t, pool, "DROP SCHEMA IF EXISTS "+name+" CASCADE; "+sql)
		failures(t, s, storetest.NewKey(), time.Now(), driver.ErrUnavailable, driver.ErrCorrupt)
		if text := plain(t, what, s.Migrate(t.Context())); strings.Contains(text, "lines") {
			t.Errorf("%s: the error quotes a value: %s", what, text)
		}
	}
}

// TestEndedErrors has calls that wait when their time is up or their connection is ended.
func TestEndedErrors(t *testing.T) {
	application, schema := freshName(), freshSchema(t)
	near := migrated(t, connect(t), schema)
	k, now := create(t, near, "ann", `{"n":1}`)
	far := over(t, dial(t, with(t, serverURL, "application_name", application)), &Options{Schema: schema, Timeout: time.Millisecond})
	lockRows(t, schema)
	_, err := far.Update(within(t, 100*time.Millisecond), now, k, inc("n"))
	plain(t, "time is up", err)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("error %v, want %v and %v", err, driver.ErrUnknownOutcome, context.DeadlineExceeded)
	}
	done := make(chan error)
	go func() {
		_, err := far.Update(t.Context(), now, k, inc("n"))
		done <- err
	}()
	waitForBlocked(t, application, 1)
	ask[int](t, connect(t), "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1", application)
	err = <-done
	if text := plain(t, "terminated", err); !errors.Is(err, driver.ErrUnknownOutcome) || !strings.Contains(text, "57P01") || strings.Contains(text, "administrator") {
		t.Errorf("error %v, want %v that quotes nothing but the code", err, driver.ErrUnknownOutcome)
	}
}

// TestOneLine has texts of every kind of line break.
func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"one line":                        "one line",
		"a:\n\tb: c\n\td":                 "a: b: c; d",
		"\n a\r\nb\u2028c\u2029d\x85e\n":  "a; b; c; d\x85e",
		"a\u0085b\vc\fd\x00e\x1b[2Jf\x7f": "a; b; c; d; e; [2Jf",
		"\n":                              "",
	} {
		want = strings.TrimSpace(driver.ErrUnknownOutcome.Error() + ": " + want)
		if got := explain(errors.New(text)).Error(); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
}
