// Package mutant puts faults into the library, for tests that must find them: the files on the disk stay as they are.
package mutant

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Edits are changes of source files, which go test compiles or embeds. Each is a file, what it has once, and what takes its place.
type Edits [][3]string

// Test returns a command that runs go test in the folder dir with the arguments, with the edits made. Files and dir are relative to root, that
// of the repository. An edit that the file does not allow ends the test: a change of the library must bring it up to date.
func Test(t *testing.T, root, dir string, edits Edits, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"test", "-vet=off", "-count=1", "-overlay=" + overlay(t, root, edits)}, args...)...)
	cmd.Dir = filepath.Join(root, filepath.FromSlash(dir))
	return cmd
}

// overlay writes the changed files, and what tells go build of them.
func overlay(t *testing.T, root string, edits Edits) string {
	t.Helper()
	dir := t.TempDir()
	replace := make(map[string]string)
	for _, e := range edits {
		file, old, changed := e[0], e[1], e[2]
		path := filepath.Join(root, filepath.FromSlash(file))
		source := path
		if replace[path] != "" {
			source = replace[path]
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), old); n != 1 {
			t.Fatalf("%s has %d times %q, which this mutant changes: bring its row up to date", file, n, old)
		}
		replace[path] = filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(replace[path], []byte(strings.Replace(string(text), old, changed, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
