package sqlitestore_test

import (
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// asNobody calls f with the rights of nobody, if ours are those of root.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Getuid() == 0 {
		const nobody = 65534
		runtime.LockOSThread() // the identity belongs to the thread
		defer runtime.UnlockOSThread()
		if err := syscall.Setfsuid(nobody); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = syscall.Setfsuid(0) }()
	}
	f()
}

func TestOpenWithoutRights(t *testing.T) {
	dir := t.TempDir()
	path := dir + "/sessions.db"
	refused := func(what string) {
		t.Helper()
		asNobody(t, func() {
			_, err := sqlitestore.Open(t.Context(), path, nil)
			is(t, what, err, driver.ErrUnavailable)
			is(t, what, err, fs.ErrPermission)
		})
	}
	chmod := func(name string, mode fs.FileMode) {
		t.Helper()
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	chmod(dir, 0o555)
	refused("Open of a new file in a directory that is read-only")
	chmod(dir, 0o755)
	s := open(t, path, nil)
	create(t, s, "x")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	chmod(path, 0o000)
	refused("Open of a file that is somebody else's")
	chmod(path, 0o444)
	refused("Open of a file that is read-only")
	chmod(path, 0o666)
	chmod(dir, 0o555)
	refused("Open of a file in a directory that is read-only")
}
