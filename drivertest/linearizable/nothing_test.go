package linearizable_test

import (
	"context"
	"os"
	"os/exec"
	"strconv"
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

// TestNothingProved expects a run to fail in which most calls are refused, and one without any.
func TestNothingProved(t *testing.T) {
	if text := os.Getenv(mutantVariable); text != "" {
		n, _ := strconv.Atoi(text)
		linearizable.Run(t, inMemory(func(s *memstore.Store) driver.Store { return closed{s} }), &linearizable.Options{Processes: 1, Histories: n})
		return
	}
	for _, histories := range []string{"100", "-1"} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNothingProved$")
		cmd.Env = append(os.Environ(), mutantVariable+"="+histories)
		if output, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(output), "that proves nothing") {
			t.Errorf("%s histories: %v:\n%s", histories, err, output)
		}
	}
}
