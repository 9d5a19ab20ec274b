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

// TestPlans asks the server how it finds sessions among those of others: by the indexes, in their order where it matters, with
// the arguments known and, as the server plans what it has executed five times, unknown. A few rows by their IDs are read in order from
// PostgreSQL 17 on, and sorted by older ones.
func TestPlans(t *testing.T) {
	s := newStore(t)
	exec(t, s.server.(pool).Pool, strings.ReplaceAll(`INSERT INTO {schema}.session (id, verifier, username, created, last_used, expires, expires_hour, lifetime, bytes, ops)
		SELECT decode(md5(n::text), 'hex'), decode(repeat(md5(n::text), 2), 'hex'), CASE WHEN n % 2 = 0 THEN 'user' || n % 3 ELSE 'few' || n % 3000 END,
			0, 0, 1::bigint << 50, (1::bigint << 50) / 3600000, 0, 0, '' FROM generate_series(1, 30000) n;
		ANALYZE {schema}.session`, "{schema}", quoteIdentifier(s.schema)))
	conn, err := s.server.(pool).Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	zero := make([]byte, 16)
	few := [][]byte{zero, zero}
	own := strings.NewReplacer("p_id", "$1::bytea", "p_user", "$2::text").Replace("SELECT FROM {schema}.session s WHERE s.id = p_id OR s.username = p_user ORDER BY s.id FOR UPDATE")
	for name, c := range map[string]struct {
		sql     string
		args    []any
		index   string
		maySort bool
	}{
		"a step of a user":          {s.sql.theirs.selected, []any{"user1", zero, zero, nil, int64(501)}, "session_username", false},
		"a step of everybody":       {s.sql.everybodys.selected, []any{"", zero, zero, int64(1), int64(501)}, "session_pkey", false},
		"a list":                    {s.sql.theirs.list, []any{"user1", zero, int64(1), int64(100)}, "session_username", false},
		"everybody's list":          {s.sql.everybodys.list, []any{"", zero, int64(1), int64(100)}, "session_pkey", false},
		"the end of a step":         {s.sql.theirs.deleteMany, []any{"user1", few, int64(1), nil}, "session_pkey", true},
		"the end of everybody's":    {s.sql.everybodys.deleteMany, []any{"", few, int64(1), int64(1)}, "session_pkey", true},
		"the lock of a user's rows": {strings.ReplaceAll(own, "{schema}", quoteIdentifier(s.schema)), []any{zero, "few1"}, "session_username", true},
	} {
		if _, err := conn.Exec(t.Context(), "PREPARE it AS "+c.sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
		for _, mode := range []string{"custom", "generic"} {
			execute := "EXPLAIN EXECUTE it (" + strings.Join([]string{"$1", "$2", "$3", "$4", "$5"}[:len(c.args)], ", ")
			_, err := conn.Exec(t.Context(), "SET plan_cache_mode = force_"+mode+"_plan")
			rows, _ := conn.Query(t.Context(), execute+")", append([]any{pgx.QueryExecModeSimpleProtocol}, c.args...)...)
			lines, listErr := pgx.CollectRows(rows, pgx.RowTo[string])
			plan := strings.Join(lines, "\n")
			if err = errors.Join(err, listErr); err != nil || !strings.Contains(plan, " "+c.index) || strings.Contains(plan, "Sort") && !c.maySort ||
				strings.Contains(plan, "Seq Scan") {
				t.Errorf("%s, %s: error %v, plan:\n%s", name, mode, err, plan)
			}
		}
		if _, err := conn.Exec(t.Context(), "DEALLOCATE it"); err != nil {
			t.Fatal(err)
		}
	}
}
