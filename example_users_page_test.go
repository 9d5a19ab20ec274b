package atomicsession_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The Go on docs/users.md is, line by line, that of the examples, which are run.
func TestUsersPage(t *testing.T) {
	page, err := os.ReadFile("docs/users.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("example_users_*test.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var examples strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		examples.Write(text)
	}
	blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 8 {
		t.Errorf("the page has %d pieces of code, want all of them", len(blocks))
	}
	for _, block := range blocks {
		code := regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(block[1], "\t$1")
		if !strings.Contains(examples.String(), "\n"+code) {
			t.Errorf("no example has, indented by a tab,\n%s", block[1])
		}
	}
}
