package report

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/atomicsession/atomicsession/internal/bench/figure/figuretest"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// results are those that the documentation shows.
func results(t *testing.T) (run result.Run) {
	t.Helper()
	data, err := os.ReadFile("../results.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &run); err != nil {
		t.Fatal(err)
	}
	return run
}

func TestWrite(t *testing.T) {
	run := results(t)
	write := func(folder string) error { return Write(run, folder) }
	figuretest.Page(t, "benchmarks.md", 3, "../../../docs", write)
	figuretest.Page(t, "benchmarks-all.md", 0, "../../../docs", write)
}
