package sqlitestore_test

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

func init() {
	children["full"] = fullChild
	children["steady"] = steadyChild
}

func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m,mode=0700"); err != nil {
		t.Skipf("needs the right to mount a file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	ballast, path := filepath.Join(dir, "ballast"), filepath.Join(dir, "sessions.db")
	if err := os.WriteFile(ballast, make([]byte, 4<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, path, nil)
	if err := full(s, func([]driver.Key) error { return os.Remove(ballast) }); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if text := integrity(t, path); text != "ok" {
		t.Error(text)
	}
}

// limitFiles bounds the size of every file that this process writes, which is how a disk that fills up looks to it. The
// runtime ignores the signal that comes with it.
func limitFiles(size uint64) error {
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: 64 << 20})
}

func fullChild() {
	check(limitFiles(4 << 20))
	s, err := sqlitestore.Open(context.Background(), os.Getenv(pathVariable), nil)
	check(err)
	check(full(s, func([]driver.Key) error { return limitFiles(64 << 20) }))
	check(s.Close())
}

// TestFileSizeLimit is TestDiskFull for those who may not mount a file system.
func TestFileSizeLimit(t *testing.T) {
	path := newPath(t)
	if err := startChild(t, "full", path).Wait(); err != nil {
		t.Fatal(err)
	}
	if text := integrity(t, path); text != "ok" {
		t.Error(text)
	}
}

// steadyChild updates sessions without making them larger, where the log cannot grow to its usual size.
func steadyChild() {
	ctx, path := context.Background(), os.Getenv(pathVariable)
	s, err := sqlitestore.Open(ctx, path, nil)
	check(err)
	var keys []driver.Key
	for range 20 {
		k, r := newRecord(fullText)
		check(s.Create(ctx, k.Verifier, r))
		keys = append(keys, k)
	}
	check(s.Close())
	check(limitFiles(1 << 20))
	s, err = sqlitestore.Open(ctx, path, nil)
	check(err)
	for i := range 500 { // two pages or more each
		check(update(ctx, s, keys[i%len(keys)]))
	}
	for _, k := range keys {
		check(s.Delete(ctx, time.Now(), k))
	}
	check(s.Close())
}

func TestSteadyOnFullDisk(t *testing.T) {
	if err := startChild(t, "steady", newPath(t)).Wait(); err != nil {
		t.Fatal(err)
	}
}
