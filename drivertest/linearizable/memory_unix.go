//go:build unix

package linearizable

import (
	"fmt"
	"os"
	"syscall"
)

const canShareMemory = true

// sharedMemory returns the memory that is kept in a file. It is made if it is not there.
func sharedMemory(path string) (*memory, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := f.Truncate(memorySize); err != nil {
		return nil, err
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, memorySize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mmap: %w", err)
	}
	return &memory{b}, nil
}

func (m *memory) close() { _ = syscall.Munmap(m.bytes) }
