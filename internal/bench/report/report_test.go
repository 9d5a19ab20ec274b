package report

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/atomicsession/atomicsession/internal/bench/figure/figuretest"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// TestWrite has the results that the documentation shows.
func TestWrite(t *testing.T) {
	data, err := os.ReadFile("../results.json")
	if err != nil {
		t.Fatal(err)
	}
	var run result.Run
	if err := json.Unmarshal(data, &run); err != nil {
		t.Fatal(err)
	}
	write := func(folder string) error { return Write(run, folder) }
	figuretest.Page(t, "benchmarks.md", 3, "../../../docs", write)
	figuretest.Page(t, "benchmarks-all.md", 0, "../../../docs", write)
}
