package sqlitestore

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// vfsName is the name of the file system layer under which every connection opens its files.
const vfsName = "atomicsession"

func init() { vfs.Register(vfsName, privateVFS{vfs.Find("").(vfs.VFSFilename)}) }

// privateVFS is the driver's own file system layer but for two things: nobody else may read the files it creates, and
// a full disk is reported as sqlite3.FULL.
type privateVFS struct{ vfs.VFSFilename }

func (v privateVFS) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	if path := name.String(); path != "" && flags&vfs.OPEN_CREATE != 0 {
		perm := fs.FileMode(0o600)
		if db, err := os.Stat(name.Database()); err == nil {
			perm = db.Mode().Perm() // the other files follow the database, as everywhere in SQLite
		}
		createFile(path, perm)
		if flags&vfs.OPEN_WAL != 0 {
			createFile(name.Database()+"-shm", perm)
		}
	}
	f, flags, err := v.VFSFilename.OpenFilename(name, flags)
	if err != nil {
		return nil, flags, err
	}
	return privateFile{f}, flags, nil
}

// createFile creates the file if there is none. If that fails, so will opening it, and that error is reported.
func createFile(path string, perm fs.FileMode) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return
	}
	_ = f.Chmod(perm) // if it fails, fewer may read it than might
	_ = f.Close()
}

type privateFile struct{ vfs.File }

func (f privateFile) Unwrap() vfs.File { return f.File }

// SharedMemory must be passed on: without it there is no write-ahead log.
func (f privateFile) SharedMemory() vfs.SharedMemory {
	if file, ok := f.File.(vfs.FileSharedMemory); ok {
		return file.SharedMemory()
	}
	return nil
}

// DeviceCharacteristics leaves out the one that needs methods which privateFile does not have.
func (f privateFile) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return f.File.DeviceCharacteristics() &^ vfs.IOCAP_BATCH_ATOMIC
}

func (f privateFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	// Room on the disk, of the user, or for a file of that size.
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		err = vfs.SystemError(err, sqlite3.FULL)
	}
	return n, err
}
