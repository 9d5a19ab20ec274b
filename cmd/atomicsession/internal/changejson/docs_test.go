package changejson

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestDocs looks for what the package knows in the page that describes it.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/demo.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(operators)), comparisons) {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/demo.md does not tell of %q", name)
		}
	}
}
