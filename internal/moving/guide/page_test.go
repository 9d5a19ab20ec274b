package guide

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Each line of code on the page stands in guide.go, but for the keys, which are in a form of their own.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/migrating.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("guide.go")
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for line := range strings.Lines(string(source)) {
		known[words(line)] = true
	}
	checked := 0
	for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		if strings.HasPrefix(block[1], "var (") {
			continue
		}
		for line := range strings.Lines(block[1]) {
			checked++
			if !known[words(line)] {
				t.Errorf("docs/migrating.md has a line that guide.go has not:\n%s", line)
			}
		}
	}
	if checked < 15 {
		t.Errorf("only %d lines were found", checked)
	}
}

func words(line string) string { return strings.Join(strings.Fields(line), " ") }
