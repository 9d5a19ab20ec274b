package testserver

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// process is a program that runs until it is killed or this process ends, however it ends.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// startProcess starts the program, whose output goes to the file log. A guard kills it when this process ends without doing so: the
// guard's standard input ends then.
func startProcess(log, name string, args ...string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{cmd: exec.Command(name, args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	guard := exec.Command("sh", "-c", fmt.Sprintf("cat >/dev/null; kill -9 %d", p.cmd.Process.Pid))
	_, err = guard.StdinPipe()
	if err == nil {
		err = guard.Start()
	}
	go func() {
		_ = p.cmd.Wait()
		if guard.Process != nil { // before the number of the process may be another's
			_ = guard.Process.Kill()
			_ = guard.Wait()
		}
		close(p.done)
	}()
	if err != nil {
		p.kill()
		return nil, err
	}
	return p, nil
}

// kill kills the program and waits for its end.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// waitUntil polls until happened is true, since what another process does takes its time, and fails if it never is.
func waitUntil(what string, happened func() bool) error {
	for end := time.Now().Add(time.Minute); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("waited in vain until %s", what)
		}
	}
	return nil
}

// logEnd logs the last 4000 bytes of a server's log if the test has failed.
func logEnd(tb testing.TB, server, file string) {
	tb.Helper()
	if tb.Failed() {
		text, _ := os.ReadFile(file)
		tb.Logf("end of the log of %s:\n%s", server, text[max(0, len(text)-4000):])
	}
}

// Lives reports whether a process, which need not be a child of this one, has not ended. It ends, and gives up its files, with the last of its
// threads.
func Lives(pid int) bool { return strings.Trim(states(pid), "ZX") != "" }

// paused waits until processes that were told to stop stand still, which each thread does when it meets the signal.
func paused(pids ...int) error {
	return waitUntil("the server stands still", func() bool {
		return !slices.ContainsFunc(pids, func(pid int) bool { return strings.Trim(states(pid), "TtZX") != "" })
	})
}

// states returns the letters of what the threads of a process do, as proc(5) has them; "" if there is none.
func states(pid int) string {
	var letters []byte
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, thread := range threads {
		text, _ := os.ReadFile(thread) // it may have ended
		if end := bytes.LastIndexByte(text, ')'); end >= 0 && end+2 < len(text) {
			letters = append(letters, text[end+2])
		}
	}
	return string(letters)
}
