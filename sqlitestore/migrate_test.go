package sqlitestore

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/driver"
)

// A file of any version of before opens with its sessions, and can do all that a new one can.
func TestMigrate(t *testing.T) {
	k := driver.Key{ID: driver.ID{1}, Verifier: driver.Verifier{2}}
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
		insert := fmt.Sprintf(`INSERT INTO sessions (id, verifier, user, created, used, expires, hour, size) VALUES (x'%x', x'%x', 'ann', 0, 0, %d, %d, 2);
			INSERT INTO fields VALUES (1, 'a', '1'); PRAGMA application_id = %d; PRAGMA user_version = %d`,
			k.ID[:], k.Verifier[:], now.Add(time.Hour).UnixMilli(), hour(now.Add(time.Hour)), applicationID, version)
		if err := errors.Join(err, c.Exec(insert), c.Close()); err != nil {
			t.Fatal(err)
		}

		s, err := Open(t.Context(), path, nil)
		if err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		u := &driver.Update{Label: new("Firefox"), Ops: []driver.Op{driver.Inc{Path: "a", By: driver.IntValue(1)}}}
		if _, err := s.Update(t.Context(), now, k, u); err != nil {
			t.Errorf("version %d: %v", version, err)
		}
		r, err := s.Load(t.Context(), now, k)
		if err != nil || r.User != "ann" || r.Label != "Firefox" || r.Data.Text() != `{"a":2}` {
			t.Errorf("version %d: loaded %+v, %s, %v", version, r.Meta, r.Data.Text(), err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
