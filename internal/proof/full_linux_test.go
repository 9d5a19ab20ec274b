package proof

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/drivertest/linearizable"
)

// fullDisk returns a store on a disk of its own, and what has something else fill that, and later go away.
func fullDisk() (store linearizable.Store, harm func(ctx context.Context) error) {
	var disk string
	harm = func(ctx context.Context) error {
		if err := sqlTo(filepath.Join(disk, "sessions.db"), emptyLog); err != nil {
			return err
		}
		ballast := filepath.Join(disk, "ballast")
		err := os.WriteFile(ballast, make([]byte, 8<<20), 0o600)
		if !errors.Is(err, syscall.ENOSPC) {
			return errors.Join(errors.New("the disk is not full"), err)
		}
		pause(ctx, 300*time.Millisecond)
		return os.Remove(ballast)
	}
	store = linearizable.Store{
		Start: func(tb testing.TB) string {
			disk = tb.TempDir()
			if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=8m,mode=0700"); err != nil {
				tb.Fatalf("needs the right to mount a file system: %v", err)
			}
			tb.Cleanup(func() {
				if err := syscall.Unmount(disk, 0); err != nil {
					tb.Error(err)
				}
			})
			return filepath.Join(disk, "sessions.db")
		},
		Connect: connectSQLite,
	}
	return store, harm
}

// emptyLog has the log begin anew, so that there is no room in it. Whoever reads meanwhile keeps it from that.
func emptyLog(c *sqlite3.Conn) error {
	for range 100 {
		s, _, err := c.Prepare("PRAGMA wal_checkpoint(TRUNCATE)")
		if err != nil {
			return err
		}
		busy := s.Step() && s.ColumnInt(0) != 0
		if err := s.Close(); err != nil || !busy {
			return err
		}
	}
	return errors.New("the log is always in use")
}
