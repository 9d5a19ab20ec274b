//go:build !linux

package proof

import (
	"context"
	"errors"
)

// fullDisk builds here and fails: only on Linux a test can have a disk of its own.
func fullDisk() nemesis {
	return nemesis{name: "disk full", store: sqlite, harm: func(context.Context) error { return errors.ErrUnsupported }}
}
