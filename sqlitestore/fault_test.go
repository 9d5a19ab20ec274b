package sqlitestore

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/vfs"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

// faultyVFS is privateVFS over a disk that fails on demand: everything but the disk is real.
type faultyVFS struct {
	vfs.VFSFilename
	disk *faultyDisk
}

type faultyDisk struct {
	// writeLog and syncLog are the errors of writing and syncing the log.
	writeLog, syncLog atomic.Pointer[syscall.Errno]
}

func fail(errno *atomic.Pointer[syscall.Errno]) error {
	if e := errno.Load(); e != nil {
		return *e
	}
	return nil
}

func (v faultyVFS) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, out, err := v.VFSFilename.OpenFilename(name, flags)
	if err == nil && flags&vfs.OPEN_WAL != 0 {
		f = faultyFile{f, v.disk}
	}
	return f, out, err
}

type faultyFile struct {
	vfs.File
	disk *faultyDisk
}

func (f faultyFile) WriteAt(p []byte, off int64) (int, error) {
	if err := fail(&f.disk.writeLog); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, off)
}

func (f faultyFile) Sync(flags vfs.SyncFlag) error {
	if err := fail(&f.disk.syncLog); err != nil {
		return err
	}
	return f.File.Sync(flags)
}

// openFaulty opens a store on a disk that fails on demand, and creates a session in it.
func openFaulty(t *testing.T) (*Store, *faultyDisk, driver.Key) {
	t.Helper()
	disk := &faultyDisk{}
	real := vfs.Find("").(vfs.VFSFilename)
	vfs.Register(vfsName, privateVFS{faultyVFS{real, disk}})
	t.Cleanup(func() { vfs.Register(vfsName, privateVFS{real}) })
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "sessions.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	k := driver.Key{ID: driver.ID{1}, Verifier: driver.Verifier{2}}
	now := time.Now()
	r := driver.Record{Meta: driver.Meta{ID: k.ID, Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}}
	if err := s.Create(t.Context(), k.Verifier, r); err != nil {
		t.Fatal(err)
	}
	return s, disk, k
}

func inc(s *Store, k driver.Key) error {
	_, err := s.Update(context.Background(), time.Now(), k, &driver.Update{Ops: []driver.Op{driver.Inc{Path: "n", By: driver.IntValue(1)}}})
	return err
}

func stored(t *testing.T, s *Store, k driver.Key) int64 {
	t.Helper()
	r, err := s.Load(t.Context(), time.Now(), k)
	if err != nil {
		t.Fatal(err)
	}
	return r.Data.Get("n").Int()
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name  string
		fault func(*faultyDisk) *atomic.Pointer[syscall.Errno]
		errno syscall.Errno
		want  error
	}{
		{"write, no space", func(d *faultyDisk) *atomic.Pointer[syscall.Errno] { return &d.writeLog }, syscall.ENOSPC, driver.ErrFull},
		{"write, quota", func(d *faultyDisk) *atomic.Pointer[syscall.Errno] { return &d.writeLog }, syscall.EDQUOT, driver.ErrFull},
		{"write, broken", func(d *faultyDisk) *atomic.Pointer[syscall.Errno] { return &d.writeLog }, syscall.EIO, driver.ErrUnavailable},
		// What has been written may be on the disk in spite of the error.
		{"sync, no space", func(d *faultyDisk) *atomic.Pointer[syscall.Errno] { return &d.syncLog }, syscall.ENOSPC, driver.ErrUnknownOutcome},
		{"sync, broken", func(d *faultyDisk) *atomic.Pointer[syscall.Errno] { return &d.syncLog }, syscall.EIO, driver.ErrUnknownOutcome},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, disk, k := openFaulty(t)
			tt.fault(disk).Store(&tt.errno)
			err := inc(s, k)
			for _, kind := range []error{driver.ErrFull, driver.ErrUnavailable, driver.ErrUnknownOutcome} {
				if errors.Is(err, kind) != errors.Is(tt.want, kind) {
					t.Errorf("error is %v, want one that matches %v alone", err, tt.want)
				}
			}
			tt.fault(disk).Store(nil)
			before := stored(t, s, k)
			if !errors.Is(tt.want, driver.ErrUnknownOutcome) && before != 0 {
				t.Error("an update took effect that was said to have failed")
			}
			if err := inc(s, k); err != nil {
				t.Fatalf("Update once the disk works again: %v", err)
			}
			if n := stored(t, s, k); n != before+1 {
				t.Errorf("n is %d, want %d", n, before+1)
			}
		})
	}
}

// TestBatch holds the writer back until many requests wait, so that they share one transaction.
func TestBatch(t *testing.T) {
	s, disk, k := openFaulty(t)
	ctx, now := t.Context(), time.Now()
	together := func(requests ...func() error) []error {
		t.Helper()
		held, release := make(chan struct{}), make(chan struct{})
		errs := make([]error, len(requests)+1)
		done := make(chan int)
		go func() {
			errs[len(requests)] = s.file.Write(ctx, func(tables.Conn) error {
				close(held)
				<-release
				return nil
			})
			done <- len(requests)
		}()
		<-held
		for i, request := range requests {
			go func() {
				errs[i] = request()
				done <- i
			}()
			for len(s.file.writer.queue) <= i {
				time.Sleep(time.Millisecond)
			}
		}
		close(release)
		for range errs {
			<-done
		}
		return errs[:len(requests)]
	}
	up := func() error { return inc(s, k) }
	refused := func() error {
		_, err := s.Update(ctx, now, k, &driver.Update{Ops: []driver.Op{
			driver.Set{Path: "x", Value: driver.IntValue(1)}, driver.Inc{Path: "n.a", By: driver.IntValue(1)},
		}})
		return err
	}
	unknown := func() error { return inc(s, driver.Key{ID: k.ID}) }

	// One that fails does not disturb the others.
	errs := together(up, refused, up, unknown, up)
	for i, want := range []error{nil, driver.ErrPath, nil, driver.ErrNotFound, nil} {
		if !errors.Is(errs[i], want) {
			t.Errorf("request %d: error is %v, want %v", i, errs[i], want)
		}
	}
	if n := stored(t, s, k); n != 3 {
		t.Errorf("n is %d, want 3", n)
	}

	// If there is not room for all of them, there may be for some.
	if err := s.file.writer.conn.Exec("PRAGMA max_page_count = 40"); err != nil {
		t.Fatal(err)
	}
	huge := func() error {
		_, err := s.Update(ctx, now, k, &driver.Update{Ops: []driver.Op{
			driver.Set{Path: "x", Value: driver.StringValue(strings.Repeat("x", 500_000))},
		}})
		return err
	}
	errs = together(up, huge, up)
	for i, want := range []error{nil, driver.ErrFull, nil} {
		if !errors.Is(errs[i], want) {
			t.Errorf("request %d: error is %v, want %v", i, errs[i], want)
		}
	}
	if n := stored(t, s, k); n != 5 {
		t.Errorf("n is %d, want 5", n)
	}

	// What nobody knows of the transaction, nobody knows of its parts: it is not tried again.
	broken := syscall.EIO
	disk.syncLog.Store(&broken)
	for i, err := range together(up, up) {
		if !errors.Is(err, driver.ErrUnknownOutcome) {
			t.Errorf("request %d: error is %v, want %v", i, err, driver.ErrUnknownOutcome)
		}
	}
	disk.syncLog.Store(nil)
	if n := stored(t, s, k); n != 5 && n != 7 {
		t.Errorf("n is %d, want 5 or 7", n)
	}
}

// TestLongTransaction: what waits behind a long request is not in its transaction, which so ends sooner, also for that one.
func TestLongTransaction(t *testing.T) {
	s, _, _ := openFaulty(t)
	held, first, long := make(chan struct{}), make(chan error, 1), make(chan error, 1)
	queued := func(n int) {
		for len(s.file.writer.queue) < n {
			time.Sleep(time.Millisecond)
		}
	}
	go func() {
		first <- s.file.Write(t.Context(), func(tables.Conn) error {
			close(held)
			queued(2)
			return nil
		})
	}()
	<-held
	go func() {
		long <- s.file.Write(t.Context(), func(tables.Conn) error {
			time.Sleep(2 * slice)
			return nil
		})
	}()
	queued(1)
	err := s.file.Write(t.Context(), func(tables.Conn) error {
		select {
		case err := <-long:
			return err
		case <-time.After(5 * time.Second):
			return errors.New("the long request before it has not ended")
		}
	})
	if err := errors.Join(err, <-first); err != nil {
		t.Error(err)
	}
}
