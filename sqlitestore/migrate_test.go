package sqlitestore

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// A file of any version of before opens with its sessions, and can do all that a new one can.
func TestMigrate(t *testing.T) {
	k := driver.Key{ID: driver.ID{1}, Verifier: driver.Verifier{2}}
	old := driver.Key{ID: k.ID, Verifier: driver.Verifier{3}} // renewed by a version that may not say why
	now := time.Now().UTC().Truncate(time.Millisecond)
	for version := 1; version < len(migrations); version++ {
		path := filepath.Join(t.TempDir(), "sessions.db")
		c, err := sqlite3.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range migrations[:version] {
			err = errors.Join(err, c.Exec(m))
		}
		used := now.Add(-time.Minute)
		insert := fmt.Sprintf(`INSERT INTO sessions (id, verifier, previous, renewed, user, created, used, expires, hour, size)
				VALUES (x'%x', x'%x', x'%x', %d, 'ann', 0, %d, %d, %d, 2);
			INSERT INTO fields VALUES (1, 'a', '1'); PRAGMA application_id = %d; PRAGMA user_version = %d`,
			k.ID[:], k.Verifier[:], old.Verifier[:], now.UnixMilli(), used.UnixMilli(), now.Add(time.Hour).UnixMilli(), hour(now.Add(time.Hour)), applicationID, version)
		if err := errors.Join(err, c.Exec(insert), c.Close()); err != nil {
			t.Fatal(err)
		}

		s, err := Open(t.Context(), path, nil)
		if err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		if r, err := s.Load(t.Context(), now, old); !errors.Is(err, driver.ErrRenewed) || r.ID != (driver.ID{}) {
			t.Errorf("version %d: by the secret of before: %+v, %v", version, r.Meta, err)
		}
		u := &driver.Update{Label: new("Firefox"), MaxAge: 24 * time.Hour, Ops: []driver.Op{driver.Inc{Path: "a", By: driver.IntValue(1)}}}
		if _, err := s.Update(t.Context(), now, k, u); err != nil {
			t.Errorf("version %d: %v", version, err)
		}
		r, err := s.Load(t.Context(), now, k)
		if err != nil || r.User != "ann" || r.Label != "Firefox" || r.Data.Text() != `{"a":2}` {
			t.Errorf("version %d: loaded %+v, %s, %v", version, r.Meta, r.Data.Text(), err)
		}
		if want := time.Hour + time.Minute; r.Lifetime != want || !r.Expires.Equal(now.Add(want)) {
			t.Errorf("version %d: a lifetime of %v until %v, want %v", version, r.Lifetime, r.Expires, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A program of before may still have the file open when it is migrated, and write what it knows.
func TestWrittenByOlder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	s, err := Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c, err := sqlite3.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	k, now := driver.Key{ID: driver.ID{1}, Verifier: driver.Verifier{2}}, time.Now().UTC().Truncate(time.Millisecond)
	err = c.Exec(fmt.Sprintf(`INSERT INTO sessions (id, verifier, user, created, used, expires, hour, size)
		VALUES (x'%x', x'%x', 'ann', 0, %d, %d, 0, 0)`, k.ID[:], k.Verifier[:], now.UnixMilli(), now.Add(time.Hour).UnixMilli()))
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	for _, age := range []time.Duration{0, time.Minute, 24 * time.Hour} { // the shorter one must not become the lifetime
		res, err := s.Update(t.Context(), now, k, &driver.Update{MaxAge: age})
		if err != nil || res.Lifetime != time.Hour {
			t.Errorf("used for %v: a lifetime of %v, want an hour (error: %v)", age, res.Lifetime, err)
		}
	}
}

// A program that has the file open while a newer one migrates it, to what it would misunderstand, fails from then on.
func TestMigratedByNewer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	s, err := Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	k, now := storetest.Create(t, s, "ann", `{"n":1,"a":{"b":1}}`)
	storetest.Counts(t, s, k, now, 1)
	c, err := sqlite3.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	sql := fmt.Sprintf("ALTER TABLE sessions RENAME TO session_later; PRAGMA user_version = %d", len(migrations)+1)
	if err := errors.Join(c.Exec(sql), c.Close()); err != nil {
		t.Fatal(err)
	}
	for name, call := range storetest.Methods(s, k, now) {
		if err := call(t.Context()); !errors.Is(err, driver.ErrUnavailable) || !errors.Is(err, driver.ErrLayout) {
			t.Errorf("%s: error %v, want %v and %v", name, err, driver.ErrUnavailable, driver.ErrLayout)
		}
	}
	storetest.WritesLayout(t, "doc.go", len(migrations))
}
