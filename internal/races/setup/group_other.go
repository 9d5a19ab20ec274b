//go:build !unix

package setup

import (
	"os"
	"os/exec"
)

// There are no groups of processes here: what a command has started goes on.

func inGroup(*exec.Cmd) {}

func terminate(pid int) { kill(pid) }

func kill(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}
