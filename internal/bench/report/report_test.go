package report

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

var (
	embed  = regexp.MustCompile(`!\[[^]]*\]\(([^)]*)\)`)
	broken = regexp.MustCompile(`NaN|Inf\b|<no value>|%!|\bnil\b`)
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
	dir := t.TempDir()
	if err := Write(run, dir); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if found := broken.Find(text); found != nil {
			t.Errorf("%s has %q in it", name, found)
		}
		if want, err := os.ReadFile(filepath.Join("../../../docs", name)); err != nil || string(text) != string(want) {
			t.Errorf("%s is not the one in docs (%v): run make generate", name, err)
		}
		return string(text)
	}
	shown := embed.FindAllStringSubmatch(read("benchmarks.md"), -1)
	if len(shown) != 2 {
		t.Errorf("the page shows %d charts", len(shown))
	}
	for _, chart := range shown {
		for d := xml.NewDecoder(strings.NewReader(read(chart[1]))); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", chart[1], err)
			}
		}
	}
}
