//go:build !linux

package proof

import "testing"

// serverMemory is known on Linux alone.
func serverMemory(testing.TB) int64 { return 0 }
