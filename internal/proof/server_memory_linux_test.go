package proof

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const setChildSubreaper = 36 // see prctl(2); the package syscall has no name for it

// A server that has left its parent is a child of this process all the same.
func init() { _, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0) }

// serverMemory returns how many bytes of memory the processes have that this one has started, and those that they have started. What
// several share is counted once.
func serverMemory(tb testing.TB) (sum int64) {
	tb.Helper()
	children := map[int][]int{}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		tb.Fatal(err)
	}
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ") // after the name, which may hold anything
		var state string
		var parent int
		if _, err := fmt.Sscan(rest, &state, &parent); err != nil {
			tb.Fatal(err)
		}
		id, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		children[parent] = append(children[parent], id)
	}
	for next := children[os.Getpid()]; len(next) > 0; next = next[1:] {
		next = append(next, children[next[0]]...)
		sum += proportion(next[0])
	}
	return sum
}

// proportion returns the process's part of the memory that it has, alone or with others; 0 if it has ended.
func proportion(id int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", id))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "Pss:" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}
