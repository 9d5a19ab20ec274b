package storetest

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

func TestAgain(t *testing.T) {
	Again(t, func(testing.TB) (a, b driver.Store) {
		s := memstore.New(nil)
		return s, s
	})
}

// TestAll runs the test above once more with the variable and without it: the suite's cases are in it, or not.
func TestAll(t *testing.T) {
	for value, want := range map[string]bool{"": false, "1": true} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run=^TestAgain$/^guards$")
		cmd.Env = append(os.Environ(), AllVariable+"="+value)
		output, err := cmd.CombinedOutput()
		if got := strings.Contains(string(output), "--- PASS: TestAgain/guards/unknown"); err != nil || got != want {
			t.Errorf("with %s=%q the suite runs: %t, want %t (%v)\n%s", AllVariable, value, got, want, err, output)
		}
	}
}
