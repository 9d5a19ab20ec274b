// Command generate writes docs/benchmarks.md and its charts: generate RESULTS DOCS, the file that a run wrote and the folder.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/atomicsession/atomicsession/internal/bench/report"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: generate RESULTS DOCS")
		os.Exit(2)
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(results, docs string) error {
	data, err := os.ReadFile(results)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing has been measured, so there is nothing to tell
	}
	if err != nil {
		return err
	}
	var run result.Run
	if err := json.Unmarshal(data, &run); err != nil {
		return fmt.Errorf("%s: %w", results, err)
	}
	return report.Write(run, docs)
}
