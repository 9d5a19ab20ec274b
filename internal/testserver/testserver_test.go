package testserver

import (
	"os"
	"path/filepath"
	"testing"
)

// script puts a script into a repository made for the test, and the test into a folder below it.
func script(t *testing.T, text string) {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"scripts", "some/package"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "scripts/server.sh"), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(root, "some/package"))
}

func TestStartStop(t *testing.T) {
	script(t, `echo "$1 at $WHERE"; cat >/dev/null; echo gone >../../trace`)
	s, err := Start("server.sh", "WHERE=home")
	if err != nil {
		t.Fatal(err)
	}
	if s.URI != "serve at home" {
		t.Errorf("URI is %q", s.URI)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat("../../trace"); err != nil {
		t.Error("Stop did not wait for the script")
	}
}

func TestStartFails(t *testing.T) {
	script(t, `exit 3`)
	if s, err := Start("server.sh"); err == nil {
		t.Errorf("a script that gave up started %q", s.URI)
	}
	if _, err := Start("no-such-server.sh"); err == nil {
		t.Error("a script that is not there started a server")
	}
}
