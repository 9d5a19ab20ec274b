//go:build !unix

package testserver

import (
	"errors"
	"syscall"
)

// What needs these builds here and fails: the servers run on Unix alone.
const (
	sigStop = syscall.Signal(19)
	sigCont = syscall.Signal(18)
)

func sendSignal(int, syscall.Signal) error { return errors.ErrUnsupported }
