// Package figuretest looks at pages with figures.
package figuretest

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	embed  = regexp.MustCompile(`!\[[^]]*\]\(([^)]*)\)`)
	broken = regexp.MustCompile(`NaN|Inf\b|<no value>|%!|\bnil\b`)
)

// Page has a page be written into a folder, with so many charts, and compares both with those in docs, the folder of the documentation.
func Page(t *testing.T, name string, charts int, docs string, write func(folder string) error) {
	t.Helper()
	folder := t.TempDir()
	if err := write(folder); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if found := broken.Find(text); found != nil {
			t.Errorf("%s has %q in it", name, found)
		}
		if want, err := os.ReadFile(filepath.Join(docs, name)); err != nil || string(text) != string(want) {
			t.Errorf("%s is not the one in docs (%v): run make generate", name, err)
		}
		return string(text)
	}
	shown := embed.FindAllStringSubmatch(read(name), -1)
	if len(shown) != charts {
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
