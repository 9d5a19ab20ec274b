//go:build !unix

package pgstore

import (
	"errors"
	"syscall"
)

// The tests of failing servers build here, and fail: their servers run on Unix alone.
const (
	sigStop = syscall.Signal(19)
	sigCont = syscall.Signal(18)
)

func sendSignal(int, syscall.Signal) error { return errors.ErrUnsupported }
