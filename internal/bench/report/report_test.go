package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

var update = flag.Bool("update", false, "write testdata/page.md")

// fabricated is results that nobody measured, with gaps, single rounds, zeros and unknowns.
func fabricated(t *testing.T) result.Run {
	t.Helper()
	data, err := os.ReadFile("testdata/run.json")
	if err != nil {
		t.Fatal(err)
	}
	var run result.Run
	if err := json.Unmarshal(data, &run); err != nil {
		t.Fatal(err)
	}
	return run
}

// write returns the files that Write leaves in the folder, by their paths there.
func write(t *testing.T, run result.Run, dir string) map[string]string {
	t.Helper()
	if err := Write(run, dir); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	docs := os.DirFS(dir)
	err := fs.WalkDir(docs, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(docs, path)
		files[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestPage(t *testing.T) {
	got := write(t, fabricated(t), t.TempDir())["benchmarks.md"]
	golden := filepath.Join("testdata", "page.md")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the page is not testdata/page.md; look at the difference after go test -update. It is now:\n%s", got)
	}
}

func TestSameResultsGiveSameBytes(t *testing.T) {
	dir := t.TempDir()
	first := write(t, fabricated(t), dir)
	if second := write(t, fabricated(t), dir); !maps.Equal(first, second) {
		t.Error("two reports of the same results differ")
	}
	if len(first) < 9 {
		t.Errorf("wrote only %v", slices.Sorted(maps.Keys(first)))
	}
}

func TestWriteRemovesOldCharts(t *testing.T) {
	dir := t.TempDir()
	write(t, fabricated(t), dir)
	files := write(t, result.Run{}, dir)
	if names := slices.Collect(maps.Keys(files)); !slices.Equal(names, []string{"benchmarks.md"}) {
		t.Errorf("a run without results leaves %v", names)
	}
	if strings.Contains(files["benchmarks.md"], "|--:|") {
		t.Errorf("a run without results has a table:\n%s", files["benchmarks.md"])
	}
}

// TestParts leaves out one part of the results after the other: a run that was cut short can be reported too.
func TestParts(t *testing.T) {
	cuts := map[string]func(*result.Run){
		"lost":        func(r *result.Run) { r.Lost = nil },
		"resurrected": func(r *result.Run) { r.Resurrected = nil },
		"growth":      func(r *result.Run) { r.Growth = nil },
		"sweep":       func(r *result.Run) { r.Sweep = nil },
		"cost":        func(r *result.Run) { r.Cost = nil },
		"atomicsession": func(r *result.Run) {
			r.Cost = slices.DeleteFunc(r.Cost, func(c result.Cost) bool { return c.Peer == ours })
		},
		"libraries": func(r *result.Run) {
			r.Cost = slices.DeleteFunc(r.Cost, func(c result.Cost) bool { return c.Peer != ours })
		},
		"the largest": func(r *result.Run) {
			r.Cost = slices.DeleteFunc(r.Cost, func(c result.Cost) bool { return c.Size > 200 })
		},
		"other than HTTP": func(r *result.Run) {
			r.Cost = slices.DeleteFunc(r.Cost, func(c result.Cost) bool { return !overHTTP(c.Operation) })
		},
		"many sessions": func(r *result.Run) { r.Growth = r.Growth[:1] },
		"times": func(r *result.Run) {
			for i := range r.Cost {
				r.Cost[i].Time, r.Cost[i].Ratio = result.Spread{}, result.Spread{}
			}
		},
		"differences": func(r *result.Run) {
			for i := range r.Cost {
				r.Cost[i].Time, r.Cost[i].Ratio = result.Spread{Median: 1, Low: 1, High: 1}, result.Spread{Median: 1, Low: 1, High: 1}
			}
		},
		"acknowledged": func(r *result.Run) {
			for i := range r.Lost {
				r.Lost[i].Acknowledged, r.Lost[i].Kept = 0, 0
			}
		},
	}
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			run := fabricated(t)
			cut(&run)
			checkFiles(t, write(t, run, t.TempDir()))
		})
	}
}

func TestFiles(t *testing.T) { checkFiles(t, write(t, fabricated(t), t.TempDir())) }

var (
	embed   = regexp.MustCompile(`(?:src|srcset)="([^"]*)"`)
	altText = regexp.MustCompile(`alt="([^"]*)"`)
	broken  = regexp.MustCompile(`NaN|Inf\b|<no value>|%!|\bnil\b`)
)

// checkFiles checks what is true of every report.
func checkFiles(t *testing.T, files map[string]string) {
	t.Helper()
	page := files["benchmarks.md"]
	var charts []string
	for _, match := range embed.FindAllStringSubmatch(page, -1) {
		charts = append(charts, match[1])
		if files[match[1]] == "" {
			t.Errorf("the page shows %s, which is not there", match[1])
		}
	}
	for name, text := range files {
		if found := broken.FindString(text); found != "" {
			t.Errorf("%s has %q in it", name, found)
		}
		if name == "benchmarks.md" {
			continue
		}
		if !slices.Contains(charts, name) {
			t.Errorf("the page does not show %s", name)
		}
		if err := wellFormed(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, match := range altText.FindAllStringSubmatch(page, -1) {
		if len(match[1]) < 40 || !strings.ContainsAny(match[1], "0123456789") {
			t.Errorf("an alt text that does not say what was found: %q", match[1])
		}
	}
	columns := 0
	for i, line := range strings.Split(page, "\n") {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		n := strings.Count(line, "|")
		if columns != 0 && n != columns {
			t.Errorf("line %d has not as many columns as its table: %s", i+1, line)
		}
		columns = n
	}
}

func wellFormed(text string) error {
	for d := xml.NewDecoder(bytes.NewBufferString(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
