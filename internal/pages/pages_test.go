package pages

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

const root = "../.."

// page is a Markdown file of the repository.
type page struct {
	file   string // below root
	source []byte
	tree   ast.Node
}

// pages returns every Markdown file that git knows or would take.
func pages(t *testing.T) []page {
	t.Helper()
	var all []page
	for _, file := range files(t, "*.md") {
		source, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		markdown := goldmark.New(goldmark.WithExtensions(extension.GFM))
		all = append(all, page{file, source, markdown.Parser().Parse(text.NewReader(source))})
	}
	if len(all) < 20 {
		t.Fatalf("there are only %d pages", len(all))
	}
	return all
}

// files returns those of the repository whose name fits a pattern of git.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", pattern).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// block is a piece of code that stands by itself.
type block struct {
	language, text string
	line           int // of the page, from 1
}

// blocks returns the fenced code of a page.
func (p page) blocks() []block {
	var found []block
	p.walk(func(n ast.Node) {
		fenced, ok := n.(*ast.FencedCodeBlock)
		if !ok {
			return
		}
		b := block{language: string(fenced.Language(p.source)), text: string(fenced.Lines().Value(p.source))}
		if fenced.Lines().Len() > 0 {
			b.line = 1 + strings.Count(string(p.source[:fenced.Lines().At(0).Start]), "\n")
		}
		found = append(found, b)
	})
	return found
}

func (p page) walk(visit func(ast.Node)) {
	_ = ast.Walk(p.tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // visit returns no error
		if entering {
			visit(n)
		}
		return ast.WalkContinue, nil
	})
}

// plain returns the text of a node without its marks.
func (p page) plain(n ast.Node) string {
	var b strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		switch child := child.(type) {
		case *ast.Text:
			b.Write(child.Segment.Value(p.source))
		case *ast.String:
			b.Write(child.Value)
		default:
			b.WriteString(p.plain(child))
		}
	}
	return b.String()
}
