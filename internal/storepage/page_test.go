package storepage

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The Go on docs/stores.md is, line by line, that of page.go, and all of it is there.
func TestStoresPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/stores.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("page.go")
	if err != nil {
		t.Fatal(err)
	}
	code, blocks := string(text), regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	for _, block := range blocks {
		before, after, found := strings.Cut(code, block[1])
		if !found {
			t.Errorf("page.go has not, or not once more,\n%s", block[1])
		}
		code = before + after
	}
	for line := range strings.Lines(code) {
		if strings.HasPrefix(line, "func ") {
			t.Errorf("the page does not show %s", line)
		}
	}
}
