//go:build unix

package linearizable_test

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
)

// inChild returns toys with something wrong in the processes that Run starts.
func inChild(wrong func(tb testing.TB, s driver.Store) driver.Store) linearizable.Store {
	s := toys(false)
	connect := s.Connect
	s.Connect = func(tb testing.TB, address string) driver.Store {
		store := connect(tb, address)
		if linearizable.IsChild() {
			return wrong(tb, store)
		}
		return store
	}
	return s
}

// untold returns what no process can tell another one.
type untold struct{ driver.Store }

func (untold) Load(context.Context, time.Time, driver.Key) (driver.Record, error) {
	return driver.Record{Data: driver.Doc{}.With("f", driver.FloatValue(math.NaN()))}, nil
}

// panics does so.
type panics struct{ driver.Store }

func (panics) Load(context.Context, time.Time, driver.Key) (driver.Record, error) {
	panic("out of order")
}

// processFailures are what happens in processes that Run starts, and what it has to say.
var processFailures = []struct {
	name, says string
	wrong      func(tb testing.TB, s driver.Store) driver.Store
}{
	{"connects in vain", "no way there", func(tb testing.TB, _ driver.Store) driver.Store { tb.Fatal("no way there"); return nil }},
	{"panics", "out of order", func(_ testing.TB, s driver.Store) driver.Store { return panics{s} }},
	{"exits", "exit status 3", func(testing.TB, driver.Store) driver.Store { os.Exit(3); return nil }},
	{"cannot be told", "json: ", func(_ testing.TB, s driver.Store) driver.Store { return untold{s} }},
	{"fails at its end", "left open", func(tb testing.TB, s driver.Store) driver.Store {
		tb.Cleanup(func() { tb.Error("left open") })
		return s
	}},
	{"is called twice", "called twice", nil},
	{"writes and works", "ok", func(_ testing.TB, s driver.Store) driver.Store {
		_, _ = os.Stdout.WriteString("{}\nok\n--- FAIL: \n")
		return s
	}},
}

func TestProcessFailures(t *testing.T) {
	name, child := os.LookupEnv(mutantVariable)
	for _, f := range processFailures {
		if child && f.wrong == nil && f.name == name {
			linearizable.Run(t, toys(false), &linearizable.Options{Histories: 4})
			linearizable.Run(t, toys(false), &linearizable.Options{Histories: 4})
		} else if child && f.name == name {
			linearizable.Run(t, inChild(f.wrong), &linearizable.Options{Histories: 4, Dir: os.Getenv(dirVariable)})
		}
		if child {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcessFailures$", "-test.timeout=60s")
			cmd.Env = append(os.Environ(), mutantVariable+"="+f.name, dirVariable+"="+t.TempDir())
			output, err := cmd.CombinedOutput()
			if works := f.says == "ok"; (err == nil) != works || !works && !strings.Contains(string(output), f.says) {
				t.Errorf("%v, want it to say %q:\n%s", err, f.says, output)
			}
		})
	}
}

// TestInside judges stores in a test and in those inside it.
func TestInside(t *testing.T) {
	t.Run("with (odd) [characters] | of/all kinds\n", func(t *testing.T) {
		inner := toys(false)
		inner.Connect = func(tb testing.TB, address string) driver.Store {
			if !strings.Contains(address, "characters") { // as its name has
				tb.Fatal("it is the address of another test: " + address)
			}
			return toy{dir: address}
		}
		linearizable.Run(t, inner, &linearizable.Options{Histories: 4})
	})
	linearizable.Run(t, toys(false), &linearizable.Options{Histories: 4})
}

// TestOrphans ends the process that has called Run while harm is done: those that it has started do not outlive it.
func TestOrphans(t *testing.T) {
	path, child := os.LookupEnv(mutantVariable)
	if child {
		linearizable.Run(t, inChild(func(tb testing.TB, s driver.Store) driver.Store {
			lock(tb, path, syscall.LOCK_SH)
			return s
		}), &linearizable.Options{Nemesis: func(context.Context) {
			time.Sleep(500 * time.Millisecond) // all clients wait for the end of the harm by then
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}})
		return
	}
	path = filepath.Join(t.TempDir(), "lock")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOrphans$")
	cmd.Env = append(os.Environ(), mutantVariable+"="+path, "TMPDIR="+t.TempDir())
	if output, err := cmd.CombinedOutput(); err == nil || strings.Contains(string(output), "FAIL") {
		t.Fatalf("it was not killed (%v):\n%s", err, output)
	}
	alone := make(chan struct{})
	go func() {
		defer close(alone)
		lock(t, path, syscall.LOCK_EX)
	}()
	select {
	case <-alone:
	case <-time.After(20 * time.Second):
		t.Error("its processes are still there")
	}
}

// lock waits for a lock of the file, which this process has from then on.
func lock(tb testing.TB, path string, how int) {
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CREAT|syscall.O_CLOEXEC, 0o600)
	if err == nil {
		err = syscall.Flock(fd, how)
	}
	if err != nil {
		tb.Error(err)
	}
}
