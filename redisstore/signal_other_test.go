//go:build !unix

package redisstore

import "syscall"

// The tests of failing servers build here, and fail: their servers run on Unix alone.
const (
	sigStop = syscall.Signal(19)
	sigCont = syscall.Signal(18)
)
