//go:build unix

package testserver

import "syscall"

const (
	sigStop = syscall.SIGSTOP
	sigCont = syscall.SIGCONT
)

func sendSignal(pid int, sig syscall.Signal) error { return syscall.Kill(pid, sig) }
