package setup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAll reads the set-ups that there are.
func TestAll(t *testing.T) {
	folders, err := os.ReadDir("../setups")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, folder := range folders {
		all, err := All("../setups", folder.Name())
		if err != nil {
			t.Error(err)
		}
		for _, c := range all {
			if known[c.Name()] || !strings.HasPrefix(c.Name(), folder.Name()+"/") {
				t.Error("the name of", c.Name())
			}
			known[c.Name()] = true
			for _, page := range c.Documentation {
				if !strings.HasPrefix(page, "https://") {
					t.Errorf("%s: %s", c.Name(), page)
				}
			}
		}
	}
}

func TestBadSetups(t *testing.T) {
	const good = `{"language": "A", "library": "b", "documentation": ["https://c"], "serve": ["d"], "versions": ["e"],
		"variants": [{"name": "f", "settings": "g"}]}`
	for _, text := range []string{
		good, "", "{}", strings.Replace(good, `"b"`, `""`, 1), strings.Replace(good, `"f"`, `""`, 1),
		strings.Replace(good, `"name"`, `"nam"`, 1), strings.Replace(good, `["e"]`, `[]`, 1),
	} {
		folder := t.TempDir()
		library := filepath.Join(folder, "a", "b")
		if err := os.MkdirAll(library, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(library, "setup.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		all, err := All(folder, "a")
		if (err == nil) != (text == good) {
			t.Errorf("%s: %v", text, err)
		}
		if err == nil && (len(all) != 1 || all[0].Name() != "a/b/f") {
			t.Errorf("%+v", all)
		}
	}
	if _, err := All(t.TempDir(), "a"); err == nil {
		t.Error("no set-up is right")
	}
}
