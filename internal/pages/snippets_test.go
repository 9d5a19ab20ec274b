package pages

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSnippets finds every piece of Go that a page shows in a file that is compiled, so no page shows what does not build. How it is
// indented, and how its comments are aligned, may differ.
func TestSnippets(t *testing.T) {
	var sources []string
	for _, file := range files(t, "*.go") {
		source, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, squeezed(string(source)))
	}
	n := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks() {
			if b.language != "go" || p.file == "README.md" && strings.HasPrefix(b.text, "package main\n") { // which TestReadme builds
				continue
			}
			n++
			want := paragraphs(b.text)
			if !slices.ContainsFunc(sources, func(source string) bool {
				return !slices.ContainsFunc(want, func(paragraph string) bool { return !strings.Contains(source, paragraph) })
			}) {
				t.Errorf("%s:%d: this is in no file that is compiled:\n%s", p.file, b.line, b.text)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d pieces of Go were found", n)
	}
}

// paragraphs are those of a text, squeezed. A page may leave out what stands between them.
func paragraphs(text string) (all []string) {
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		all = append(all, squeezed(paragraph))
	}
	return all
}

// squeezed leaves out what formatting adds: empty lines, indentation, and more than one blank.
func squeezed(source string) string {
	var b strings.Builder
	b.WriteByte('\n')
	for line := range strings.SplitSeq(source, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
