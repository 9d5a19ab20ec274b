package sqlitedb_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/vfs"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
)

// faultyVFS is the driver's own over a disk that fails on demand, where the log or the journal is: everything but the disk is real.
type faultyVFS struct{ vfs.VFSFilename }

// writeLog and syncLog are the errors of writing and syncing the log.
var writeLog, syncLog atomic.Pointer[syscall.Errno]

func init() { vfs.Register("faulty", faultyVFS{vfs.Find("").(vfs.VFSFilename)}) }

func fail(errno *atomic.Pointer[syscall.Errno]) error {
	if e := errno.Load(); e != nil {
		return *e
	}
	return nil
}

func (v faultyVFS) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, out, err := v.VFSFilename.OpenFilename(name, flags)
	if err == nil && flags&(vfs.OPEN_WAL|vfs.OPEN_MAIN_JOURNAL) != 0 {
		f = faultyFile{f}
	}
	return f, out, err
}

type faultyFile struct{ vfs.File }

func (f faultyFile) WriteAt(p []byte, off int64) (int, error) {
	if err := fail(&writeLog); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, off)
}

func (f faultyFile) Sync(flags vfs.SyncFlag) error {
	if err := fail(&syncLog); err != nil {
		return err
	}
	return f.File.Sync(flags)
}

// openFaulty opens a store on a disk that fails on demand.
func openFaulty(t *testing.T, journal string) *sqlitedb.Store {
	t.Helper()
	params := "vfs=faulty&_pragma=busy_timeout(5000)&_pragma=synchronous(full)&_pragma=journal_mode(" + journal + ")"
	return migrated(t, open(t, filepath.Join(t.TempDir(), "app.db"), params))
}

// TestFaults has the disk fail: what is known of the outcome is said, and no more.
func TestFaults(t *testing.T) {
	for _, journal := range []string{"wal", "delete"} {
		for _, tt := range []struct {
			name  string
			fault *atomic.Pointer[syscall.Errno]
			errno syscall.Errno
			want  error
		}{
			// This driver says of a full disk that it fails.
			{"write, no space", &writeLog, syscall.ENOSPC, driver.ErrUnavailable},
			{"write, broken", &writeLog, syscall.EIO, driver.ErrUnavailable},
			// What has been written may be on the disk in spite of the error.
			{"sync, broken", &syncLog, syscall.EIO, driver.ErrUnknownOutcome},
		} {
			t.Run(journal+", "+tt.name, func(t *testing.T) {
				s := openFaulty(t, journal)
				k, now := storetest.Create(t, s, "ann", `{"n":0}`)
				inc := func() error { _, err := s.Update(t.Context(), now, k, storetest.Inc("n")); return err }
				n := func() int64 {
					r, err := s.Load(t.Context(), now, k)
					if err != nil {
						t.Fatal(err)
					}
					return r.Data.Get("n").Int()
				}
				tt.fault.Store(&tt.errno)
				err := inc()
				for _, kind := range []error{driver.ErrFull, driver.ErrUnavailable, driver.ErrUnknownOutcome} {
					if errors.Is(err, kind) != errors.Is(tt.want, kind) {
						t.Errorf("error is %v, want one that matches %v alone", err, tt.want)
					}
				}
				tt.fault.Store(nil)
				before := n()
				if !errors.Is(tt.want, driver.ErrUnknownOutcome) && before != 0 {
					t.Error("an update took effect that was said to have failed")
				}
				if err := inc(); err != nil {
					t.Fatalf("Update once the disk works again: %v", err)
				}
				if after := n(); after != before+1 {
					t.Errorf("n is %d, want %d", after, before+1)
				}
			})
		}
	}
}

// TestDiskTokens has every call meet a disk that fails, and that others call on at the same time.
func TestDiskTokens(t *testing.T) {
	for _, journal := range []string{"wal", "delete"} {
		t.Run(journal, func(t *testing.T) {
			s := openFaulty(t, journal)
			plan := func(ctx context.Context, call func(ctx context.Context)) (met bool) {
				where := []*atomic.Pointer[syscall.Errno]{&writeLog, &syncLog}[rand.IntN(2)]
				where.Store(new([]syscall.Errno{syscall.ENOSPC, syscall.EIO}[rand.IntN(2)]))
				defer where.Store(nil)
				defer time.AfterFunc(rand.N(2*time.Millisecond), func() { where.Store(nil) }).Stop()
				call(ctx)
				return true
			}
			clients := make([]faults.Client, 8)
			for i := range clients {
				clients[i] = faults.Client{Store: s, Plan: plan}
			}
			l := faults.NewLoad(t, s, 3)
			l.Run(300, clients...)
			l.SettleAll()
		})
	}
}
