package sqlitestore

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// A file of any version of before opens with its sessions, and can do all that a new one can. A program of before that has it open fails
// from then on: it does not know what is to be removed with a user.
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
		used, label := now.Add(-time.Minute), driver.Attrs(nil)
		insert := fmt.Sprintf(`INSERT INTO sessions (id, verifier, previous, renewed, user, created, used, expires, hour, size)
				VALUES (x'%x', x'%x', x'%x', %d, 'ann', 0, %d, %d, %d, 2);
			INSERT INTO fields VALUES (1, 'a', '1'); PRAGMA application_id = %d; PRAGMA user_version = %d`,
			k.ID[:], k.Verifier[:], old.Verifier[:], now.UnixMilli(), used.UnixMilli(), now.Add(time.Hour).UnixMilli(), (now.Add(time.Hour).UnixMilli()+3599999)/3600000, applicationID, version)
		if version >= 2 {
			label = driver.Attrs{"label": `my "phone"`}
			insert += `; UPDATE sessions SET label = 'my "phone"'`
		}
		older, _, prepareErr := c.Prepare("UPDATE sessions SET user = ''")
		if err := errors.Join(err, c.Exec(insert), prepareErr); err != nil {
			t.Fatal(err)
		}

		s, err := Open(t.Context(), path, nil)
		if err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		if err := older.Exec(); err == nil || !strings.Contains(err.Error(), "no such table") {
			t.Errorf("version %d: a program of before goes on: error %v", version, err)
		}
		if err := errors.Join(older.Close(), c.Close()); err != nil {
			t.Error(err)
		}
		if r, err := s.Load(t.Context(), now, old); !errors.Is(err, driver.ErrRenewed) || r.ID != (driver.ID{}) {
			t.Errorf("version %d: by the secret of before: %+v, %v", version, r.Meta, err)
		}
		if r, err := s.Load(t.Context(), now, k); err != nil || !maps.Equal(r.Attrs, label) || !r.Authenticated.IsZero() {
			t.Errorf("version %d: attributes %q, authenticated %v, %v", version, r.Attrs, r.Authenticated, err)
		}
		u := &driver.Update{
			Authenticated: now, Attrs: driver.Attrs{"label": "Firefox"}, MaxAge: 24 * time.Hour,
			Ops: []driver.Op{driver.Inc{Path: "a", By: driver.IntValue(1)}},
		}
		if _, err := s.Update(t.Context(), now, k, u); err != nil {
			t.Errorf("version %d: %v", version, err)
		}
		r, err := s.Load(t.Context(), now, k)
		if err != nil || r.User != "ann" || r.Attrs["label"] != "Firefox" || !r.Authenticated.Equal(now) || r.Data.Text() != `{"a":2}` {
			t.Errorf("version %d: loaded %+v, %q, %s, %v", version, r.Meta, r.Attrs, r.Data.Text(), err)
		}
		if want := time.Hour + time.Minute; r.Lifetime != want || !r.Expires.Equal(now.Add(want)) {
			t.Errorf("version %d: a lifetime of %v until %v, want %v", version, r.Lifetime, r.Expires, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
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
	sql := fmt.Sprintf("ALTER TABLE session RENAME TO session_later; PRAGMA user_version = %d", len(migrations)+1)
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
