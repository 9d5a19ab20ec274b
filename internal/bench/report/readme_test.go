package report

import (
	"os"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// TestReadme has the README's table of stores show how long an update takes in the results.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range results(t).Cost {
		if c.Peer != ours || c.Operation != result.Write || c.Size != 2000 || c.Clients != 16 {
			continue
		}
		n++
		found := false
		for line := range strings.Lines(string(readme)) {
			first, _, _ := strings.Cut(strings.TrimLeft(line, "| ["), "`")
			found = found || strings.HasPrefix(line, "| ") && strings.Contains(first, c.Store) &&
				strings.Contains(line, "| "+quantity(c.Time.Median, timeUnits)+" ")
		}
		if !found {
			t.Errorf("the README's row of %s has not %s", c.Store, quantity(c.Time.Median, timeUnits))
		}
	}
	if n != 6 {
		t.Errorf("the results have %d stores", n)
	}
}
