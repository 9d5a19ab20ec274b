//go:build !linux

package proof

import (
	"context"
	"errors"

	"github.com/atomicsession/atomicsession/drivertest/linearizable"
)

// fullDisk builds here and fails: only on Linux a test can have a disk of its own.
func fullDisk() (store linearizable.Store, harm func(ctx context.Context) error) {
	return sqlite, func(context.Context) error { return errors.ErrUnsupported }
}
