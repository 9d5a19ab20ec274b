package frameworks

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The page has every program as it is tested here, to the letter.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/frameworks.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	programs := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") && file != filepath.Join("nethttp", "styles_test.go") {
			continue
		}
		programs++
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(page, []byte("```go\n"+string(source)+"```\n")) {
			t.Errorf("docs/frameworks.md does not have %s as it is", file)
		}
	}
	if programs == 0 {
		t.Error("there is no program")
	}
}
