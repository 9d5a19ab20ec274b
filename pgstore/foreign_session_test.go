package pgstore

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// foreignSession returns a store with a session that somebody has changed by the statement, on its own schema.
func foreignSession(t *testing.T, sql string) (pool *pgxpool.Pool, s *Store, k driver.Key, now time.Time) {
	t.Helper()
	schema := freshSchema(t)
	pool = dial(t, with(t, serverURL, "search_path", schema), func(c *pgxpool.Config) { c.MaxConns = 2 })
	s = migrated(t, pool, schema)
	k, now = create(t, s, "ann", `{"n":1}`)
	exec(t, pool, sql)
	return pool, s, k, now
}

// TestForeignOps has somebody cut the IDs of the latest operations: no update is made, since none could be told from its own copy.
func TestForeignOps(t *testing.T) {
	pool, s, k, now := foreignSession(t, "UPDATE session SET ops = substr(ops, 2)")
	before := dump(t, pool, s.schema, k)
	set := &driver.Update{Ops: []driver.Op{driver.Set{Path: "n", Value: driver.IntValue(2)}}}
	for _, u := range []*driver.Update{inc("n"), set, {}, {Renew: new(driver.Verifier)}, {Ops: inc("l.0").Ops}} {
		if _, err := s.Update(t.Context(), now, k, u); !errors.Is(err, driver.ErrCorrupt) {
			t.Errorf("%v: error %v, want %v", u.Ops, err, driver.ErrCorrupt)
		}
	}
	if after := dump(t, pool, s.schema, k); after != before {
		t.Errorf("it was changed from\n%s to\n%s", before, after)
	}
	if r, err := s.Load(t.Context(), now, k); err != nil || r.Data.Text() != `{"n":1}` {
		t.Errorf("it is %s (error: %v)", r.Data.Text(), err)
	}
	if err := s.Delete(t.Context(), now, k); err != nil {
		t.Error(err)
	}
}

// TestForeignID has somebody add sessions whose IDs are none: a list says so, rather than to give one for another, and all end.
func TestForeignID(t *testing.T) {
	const sql = `INSERT INTO session SELECT (s).* FROM (SELECT jsonb_populate_record(s, jsonb_build_object('id', substr(id || id, 1, n))) AS s FROM session s,
		unnest('{0,15,17,32}'::integer[]) n) s`
	_, s, k, now := foreignSession(t, sql)
	ctx := t.Context()
	if _, err := s.List(ctx, now, "ann", driver.ID{}, 10); !errors.Is(err, driver.ErrCorrupt) {
		t.Errorf("error %v, want %v", err, driver.ErrCorrupt)
	}
	counts(t, s, k, now, 1)
	for after, more := (driver.ID{}), true; more; more = !after.IsZero() {
		var err error
		if _, after, err = s.DeleteMany(ctx, now, driver.Selection{User: "ann"}, after, 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, user := range []string{"ann", ""} {
		if list, err := s.List(ctx, now, user, driver.ID{}, 10); err != nil || len(list) > 0 {
			t.Errorf("%d sessions are left (error: %v)", len(list), err)
		}
	}
}

// TestForeignVerifier has somebody replace verifiers by what no secret has: the session opens to nobody but its user, who ends it.
func TestForeignVerifier(t *testing.T) {
	for _, verifier := range []string{``, `\x00`, `\x` + "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00"} {
		_, s, k, now := foreignSession(t, "UPDATE session SET verifier = '"+verifier+"', previous = verifier, renewed = 0")
		for name, call := range storetest.Methods(s, k, now) {
			if name == "Load" || name == "Update" || name == "Update, nested" || name == "Update, set" {
				if err := call(t.Context()); !errors.Is(err, driver.ErrNotFound) {
					t.Errorf("%s: error %v, want %v", name, err, driver.ErrNotFound)
				}
			}
		}
		if _, err := s.Update(t.Context(), now, driver.UserKey(k.ID, "ann"), inc("n")); err != nil {
			t.Error(err)
		}
		if err := s.Delete(t.Context(), now, driver.UserKey(k.ID, "ann")); err != nil {
			t.Error(err)
		}
	}
}

// TestForeignUser has somebody write that a session belongs to a user without a name: it is nobody's.
func TestForeignUser(t *testing.T) {
	_, s, k, now := foreignSession(t, "UPDATE session SET username = ''")
	if r, err := s.Load(t.Context(), now, driver.UserKey(k.ID, "")); err != nil || r.User != "" {
		t.Errorf("%+v, error %v", r.Meta, err)
	}
	if _, err := s.Update(t.Context(), now, k, &driver.Update{User: new("bob")}); err != nil {
		t.Error(err)
	}
	if list, err := s.List(t.Context(), now, "bob", driver.ID{}, 10); err != nil || len(list) != 1 {
		t.Errorf("%d sessions (error: %v)", len(list), err)
	}
}

// TestForeignHour has somebody write another time, but not its hour: what lives stays, and what has expired is not opened before it is swept.
func TestForeignHour(t *testing.T) {
	_, s, k, now := foreignSession(t, "UPDATE session SET expires_hour = 0")
	if n, err := s.Sweep(t.Context(), now, 10); err != nil || n != 0 {
		t.Errorf("%d are swept (error: %v)", n, err)
	}
	counts(t, s, k, now, 1)
	exec(t, s.server.(pool).Pool, "UPDATE session SET expires = 0, expires_hour = 1 << 30")
	if _, err := s.Load(t.Context(), now, k); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("error %v, want %v", err, driver.ErrNotFound)
	}
}

// TestHour has sessions that every kind of update extends and shortens: the hour that sweeps look for is that in which the session expires.
func TestHour(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1,"l":[2,1]}`)
	sorted := []driver.Op{driver.Push{Path: "l", Sort: []driver.Sort{{}}}}
	set := []driver.Op{driver.Set{Path: "n", Value: driver.IntValue(2)}}
	for i, u := range []driver.Update{
		{}, {Ops: set}, {Ops: inc("n").Ops}, {Ops: sorted}, {Renew: &k.Verifier}, {Lifetime: 50 * time.Hour}, {Deadline: now.Add(90 * time.Hour)},
	} {
		at := now.Add(time.Duration(i*37) * time.Minute)
		u.MaxAge = time.Duration(100-i) * time.Hour
		res, err := s.Update(t.Context(), at, k, &u)
		if err != nil {
			t.Fatal(err)
		}
		hour := ask[int64](t, s.server.(pool).Pool, "SELECT expires_hour FROM "+s.schema+".session")
		if want := res.Expires.UnixMilli() / time.Hour.Milliseconds(); hour != want {
			t.Errorf("update %d: the hour is %d, want %d", i, hour, want)
		}
	}
}
