//go:build !unix

package linearizable

import "errors"

// canShareMemory: all calls are made by one process.
const canShareMemory = false

func sharedMemory(string) (*memory, error) { return nil, errors.ErrUnsupported }

func (m *memory) close() {}
