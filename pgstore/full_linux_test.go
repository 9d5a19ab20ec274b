package pgstore

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"

	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// smallDisk mounts a file system for the server.
func smallDisk(t *testing.T, size string) (dir string) {
	t.Helper()
	u, err := user.Lookup("postgres") // whom the server runs as, if root starts it
	if err != nil {
		t.Fatal(err)
	}
	dir, err = os.MkdirTemp("", "pgstore") //nolint:usetesting // the user could not pass through the parents of t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size+",uid="+u.Uid+",gid="+u.Gid); err != nil {
		t.Skipf("needs the right to mount a file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// ballast takes room on the disk until it is thrown off.
func ballast(t *testing.T, disk string, size int) (throwOff func()) {
	t.Helper()
	path := filepath.Join(disk, "ballast-"+strconv.Itoa(size))
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// randomText returns a text that cannot be compressed much.
func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)[:n]
}

// TestDiskFull fills the disk that holds the tables, and then makes room.
func TestDiskFull(t *testing.T) {
	tables := smallDisk(t, "24m")
	srv := testserver.NewPostgres(t)
	admin := dial(t, srv.URL)
	throwOff := ballast(t, tables, 8<<20)
	// A folder of the tables' own: the server wants one that is empty.
	space := filepath.Join(tables, "space")
	if err := os.Mkdir(space, 0o700); err != nil {
		t.Fatal(err)
	}
	owner(t, space, tables)
	exec(t, admin, "CREATE TABLESPACE small LOCATION '"+space+"'")
	exec(t, admin, "ALTER DATABASE postgres SET default_tablespace = small")
	s := migrated(t, dial(t, srv.URL), "")

	text := randomText(20_000)
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Millisecond)
	keys := storetest.FillUp(t, s, text)
	more := driver.StringValue(randomText(500_000))
	grow := &driver.Update{Ops: []driver.Op{driver.Inc{Path: "n", By: driver.IntValue(1)}, driver.Set{Path: "more", Value: more}}}
	if _, err := s.Update(ctx, now, keys[0], grow); !errors.Is(err, driver.ErrFull) || errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("Update without room: error %v, want %v", err, driver.ErrFull)
	}
	for _, k := range keys {
		r, err := s.Load(ctx, now, k)
		if err != nil || r.Data.Len() != 2 || r.Data.Get("n").Int() != 1 || r.Data.Get("text").Str() != text {
			t.Fatalf("a session has changed, or cannot be loaded: %v", err)
		}
	}
	if err := s.Delete(ctx, now, keys[1]); err != nil {
		t.Errorf("Delete without room: %v", err)
	}
	throwOff()
	for _, k := range []driver.Key{keys[0], keys[len(keys)-1]} {
		if _, err := s.Update(ctx, now, k, grow); err != nil {
			t.Errorf("Update once there is room: %v", err)
		}
		counts(t, s, k, now, 2)
	}
}

// owner gives the file the owner of another one.
func owner(t *testing.T, path, like string) {
	t.Helper()
	info, err := os.Stat(like)
	if err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	if err := os.Chown(path, int(st.Uid), int(st.Gid)); err != nil {
		t.Fatal(err)
	}
}

// TestLogFull fills the disk that holds the server's log of changes, at which the server gives up: what it has acknowledged
// is there when it is started with more room.
func TestLogFull(t *testing.T) {
	disk := smallDisk(t, "80m")
	waldir := filepath.Join(disk, "wal")
	srv := testserver.NewPostgres(t, "POSTGRES_INITDB_OPTIONS=--waldir="+waldir, "POSTGRES_SERVER_OPTIONS=-c max_wal_size=1GB -c restart_after_crash=off")
	s := migrated(t, dial(t, srv.URL), "")
	s.timeout = 100 * time.Millisecond
	throwOff := ballast(t, disk, 32<<20)
	l := faults.NewLoad(t, s, 2)
	text := driver.StringValue(randomText(100_000))
	for sum := l.Account(); sum.Unknown == 0 && sum.Refused == 0; sum = l.Account() {
		l.Update(s, 0, driver.Set{Path: "text", Value: text})
		l.Update(s, 1)
	}
	throwOff()
	must(t, srv.Restart())
	l.SettleAll()
}
