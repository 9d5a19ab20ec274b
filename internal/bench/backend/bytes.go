package backend

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"github.com/ncruces/go-sqlite3"
)

// Bytes returns how much memory or disk the sessions take, and what else is there.
func (b *Backend) Bytes(ctx context.Context) (int64, error) {
	if b.bytes != nil {
		return b.bytes(ctx)
	}
	if b.URL == "" {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc), nil
	}
	return databaseSize(b.URL)
}

// databaseSize returns the size of the databases in a folder, without their logs, whose contents it has SQLite put where they
// belong: a log is as long with few sessions as with many.
func databaseSize(dir string) (total int64, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil {
		return 0, err
	}
	for _, path := range paths {
		conn, err := sqlite3.Open(path)
		if err != nil {
			return 0, err
		}
		if err := errors.Join(conn.Exec("PRAGMA wal_checkpoint(TRUNCATE)"), conn.Close()); err != nil {
			return 0, err
		}
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		total += info.Size()
	}
	return total, nil
}
