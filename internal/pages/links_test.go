package pages

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark/ast"
)

// TestLinks follows every link and picture within the repository, to the heading that it names. What leads elsewhere is an address of https.
func TestLinks(t *testing.T) {
	all := pages(t)
	anchors := make(map[string]map[string]bool)
	for _, p := range all {
		anchors[p.file] = p.anchors()
	}
	n := 0
	for _, p := range all {
		p.walk(func(node ast.Node) {
			var to []byte
			switch node := node.(type) {
			case *ast.Link:
				to = node.Destination
			case *ast.Image:
				to = node.Destination
				if strings.TrimSpace(p.plain(node)) == "" {
					t.Errorf("%s: the picture %s has no text for those who do not see it", p.file, to)
				}
			default:
				return
			}
			n++
			if problem := follow(p.file, string(to), anchors); problem != "" {
				t.Errorf("%s: (%s) %s", p.file, to, problem)
			}
		})
	}
	if n < 200 {
		t.Errorf("only %d links were found", n)
	}
}

// follow says what is wrong with a link of a page.
func follow(from, to string, anchors map[string]map[string]bool) string {
	u, err := url.Parse(to)
	if err != nil {
		return "is no address"
	}
	if u.Scheme != "" || u.Host != "" {
		if u.Scheme != "https" || u.Host == "" {
			return "is no address of https"
		}
		return ""
	}
	target := from
	if u.Path != "" {
		target = path.Join(path.Dir(from), u.Path)
	}
	if strings.HasPrefix(target, "../") {
		return "leads out of the repository"
	}
	if _, err := os.Stat(filepath.Join(root, target)); err != nil {
		return "leads to nothing"
	}
	if u.Fragment != "" && !anchors[target][u.Fragment] {
		return "names no heading"
	}
	return ""
}

// anchors returns what links may name of a page: its headings, as GitHub turns them into anchors.
func (p page) anchors() map[string]bool {
	found := make(map[string]bool)
	p.walk(func(n ast.Node) {
		if heading, ok := n.(*ast.Heading); ok {
			slug := slugOf(p.plain(heading))
			anchor := slug
			for i := 1; found[anchor]; i++ {
				anchor = fmt.Sprintf("%s-%d", slug, i)
			}
			found[anchor] = true
		}
	})
	return found
}

// slugOf writes a heading in small letters, with hyphens for blanks, and without what is no letter, digit, hyphen or underscore.
func slugOf(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

func TestFollow(t *testing.T) {
	anchors := map[string]map[string]bool{"docs/guide.md": {"sign-in": true}}
	for _, tc := range []struct{ to, problem string }{
		{"../docs/guide.md#sign-in", ""},
		{"guide.md", ""},
		{"#sign-in", ""},
		{"https://pkg.go.dev/x", ""},
		{"#sign-out", "names no heading"},
		{"../driver#x", "names no heading"},
		{"gone.md", "leads to nothing"},
		{"../../x", "leads out of the repository"},
		{"http://example.com", "is no address of https"},
		{"mailto:x", "is no address of https"},
	} {
		if got := follow("docs/guide.md", tc.to, anchors); got != tc.problem {
			t.Errorf("%s: %q, want %q", tc.to, got, tc.problem)
		}
	}
	if got := slugOf("Over a *sql.DB, `x_y` & Größe-2"); got != "over-a-sqldb-x_y--größe-2" {
		t.Error(got)
	}
}
