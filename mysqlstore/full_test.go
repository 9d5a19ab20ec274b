package mysqlstore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// moreRoom starts the server again with a larger tablespace.
func moreRoom(t *testing.T, srv *testserver.MySQL) {
	t.Helper()
	data, err := srv.Ask("SELECT @@datadir")
	must(t, err)
	started := filepath.Join(data, "../started") // the options, for mariadb-server.sh restart
	options, err := os.ReadFile(started)
	must(t, err)
	must(t, os.WriteFile(started, bytes.Replace(options, []byte("max:24M"), []byte("max:64M"), 1), 0o600))
	must(t, srv.Kill())
	must(t, srv.Restart())
}

// TestFull fills the tablespace that holds the tables, and then makes room.
func TestFull(t *testing.T) {
	t.Parallel()
	srv := testserver.NewMySQL(t, "MARIADB_SERVER_OPTIONS=--innodb-file-per-table=0 --innodb-data-file-path=ibdata1:12M:autoextend:max:24M")
	db := dial(t, srv.URL)
	s := migrated(t, db, "")
	text := strings.Repeat("text ", 20_000)
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Millisecond)
	keys := storetest.FillUp(t, s, text)
	for more := keys; len(more) > 0; keys = append(keys, more...) {
		exec(t, db, "SET GLOBAL innodb_max_purge_lag_wait = 0") // what is purged later leaves room again: it returns when nothing is left
		more = storetest.FillUp(t, s, text)
	}
	more := driver.StringValue(strings.Repeat("more ", 200_000))
	grow := &driver.Update{
		Ops: []driver.Op{driver.Inc{Path: "n", By: driver.IntValue(1)}, driver.Set{Path: "more", Value: more}}, Limits: driver.Limits{Size: 4 << 20},
	}
	nested := &driver.Update{
		Ops: []driver.Op{driver.Inc{Path: "n", By: driver.IntValue(1)}, driver.Set{Path: "more.a", Value: more}}, Limits: driver.Limits{Size: 4 << 20},
	}
	for _, u := range []*driver.Update{grow, nested} {
		if _, err := s.Update(ctx, now, keys[0], u); !errors.Is(err, driver.ErrFull) || errors.Is(err, driver.ErrUnknownOutcome) {
			t.Errorf("Update without room: error %v, want %v", err, driver.ErrFull)
		}
	}
	for _, k := range keys {
		r, err := s.Load(ctx, now, k)
		if err != nil || r.Data.Len() != 2 || r.Data.Get("n").Int() != 1 || r.Data.Get("text").Str() != text {
			t.Fatalf("a session has changed, or cannot be loaded: %v", err)
		}
	}
	// What the server may have to undo it keeps in there, too.
	if err := s.Delete(ctx, now, keys[1]); err != nil && !errors.Is(err, driver.ErrFull) {
		t.Errorf("Delete without room: %v", err)
	}
	moreRoom(t, srv)
	if _, err := s.Update(ctx, now, keys[0], grow); err != nil {
		t.Errorf("Update once there is room: %v", err)
	}
	if r, err := s.Load(ctx, now, keys[0]); err != nil || r.Data.Get("n").Int() != 2 {
		t.Errorf("n is %d, want 2 (error: %v)", r.Data.Get("n").Int(), err)
	}
}
