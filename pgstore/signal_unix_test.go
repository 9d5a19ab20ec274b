//go:build unix

package pgstore

import "syscall"

const (
	sigStop = syscall.SIGSTOP
	sigCont = syscall.SIGCONT
)

func sendSignal(pid int, sig syscall.Signal) error { return syscall.Kill(pid, sig) }
