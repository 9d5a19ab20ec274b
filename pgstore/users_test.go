package pgstore

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/atomicsession/atomicsession/driver"
)

// failAtCommit lets statements that end sessions answer, and then fail: nothing is ended.
const failAtCommit = `
	CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
	CREATE CONSTRAINT TRIGGER late AFTER DELETE ON session DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()`

// TestCountedAtCommit has the server count what it then does not do.
func TestCountedAtCommit(t *testing.T) {
	schema := freshSchema(t)
	pool := dial(t, with(t, serverURL, "search_path", schema))
	s := migrated(t, pool, schema)
	k, now := create(t, s, "ann", `{"n":1}`)
	create(t, s, "ann", `{}`)
	exec(t, pool, failAtCommit)
	n, next, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 1)
	if n != 0 || !next.IsZero() || !errors.Is(err, driver.ErrUnavailable) {
		t.Errorf("DeleteMany: %d ended, next is %v, error %v; want none and %v", n, next, err, driver.ErrUnavailable)
	}
	if n, err := s.Sweep(t.Context(), now.AddDate(1, 0, 0), 10); n != 0 || !errors.Is(err, driver.ErrUnavailable) {
		t.Errorf("Sweep: %d removed, error %v; want none and %v", n, err, driver.ErrUnavailable)
	}
	counts(t, s, k, now, 1)
}

// TestStepSizes has limits of every size: a step always goes on.
func TestStepSizes(t *testing.T) {
	s := newStore(t)
	for limit, want := range map[int]int{math.MinInt: 1, 0: 1, 1: 1, 2: 2, 3: 3, 4: 3, math.MaxInt: 3} {
		user := fmt.Sprint("ann", limit)
		_, now := create(t, s, user, `{}`)
		create(t, s, user, `{}`)
		create(t, s, user, `{}`)
		n, next, err := s.DeleteMany(t.Context(), now, driver.Selection{User: user}, driver.ID{}, limit)
		if n != want || next.IsZero() != (want == 3) || err != nil {
			t.Errorf("a step of %d: %d ended, next is %v, error %v; want %d", limit, n, next, err, want)
		}
	}
}

// TestStepPlan asks the server how it finds the sessions of a step, among those of others and more of the user.
func TestStepPlan(t *testing.T) {
	s := newStore(t)
	pool := connect(t)
	exec(t, pool, strings.ReplaceAll(`INSERT INTO {schema}.session (id, verifier, username, created, used, expires, lifetime, bytes, ops)
		SELECT decode(md5(n::text), 'hex'), decode(repeat(md5(n::text), 2), 'hex'), 'user' || n % 3, 0, 0, 0, 0, 0, '' FROM generate_series(1, 30000) n;
		ANALYZE {schema}.session`, "{schema}", quoteIdentifier(s.schema)))
	rows, err := pool.Query(t.Context(), "EXPLAIN "+s.sql.theirs.selected, "user1", make([]byte, 16), make([]byte, 16), nil, int64(501))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	plan := strings.Join(lines, "\n")
	if err != nil || !strings.Contains(plan, "Scan using session_username") || strings.Contains(plan, "Sort") {
		t.Errorf("error %v, plan:\n%s", err, plan)
	}
}
