package linearizable_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/memstore"
)

// closed refuses to update, which nobody can blame it for.
type closed struct{ *memstore.Store }

func (closed) Update(context.Context, time.Time, driver.Key, *driver.Update) (driver.Result, error) {
	return driver.Result{}, driver.ErrUnavailable
}

// TestNothingProved expects a run to fail in which most calls are refused.
func TestNothingProved(t *testing.T) {
	if os.Getenv(mutantVariable) != "" {
		linearizable.Run(t, inMemory(func(s *memstore.Store) driver.Store { return closed{s} }), &linearizable.Options{Processes: 1})
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNothingProved$")
	cmd.Env = append(os.Environ(), mutantVariable+"=closed")
	if output, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(output), "that proves nothing") {
		t.Errorf("%v:\n%s", err, output)
	}
}
