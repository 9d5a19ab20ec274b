package testserver

import (
	"os"
	"path/filepath"
	"strings"
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

func TestDo(t *testing.T) {
	script(t, `echo here; while read -r line && [ "$line" != give-up ]; do echo "$line" >../../trace; echo done; done`)
	s, err := Start("server.sh")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Do("no harm"); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile("../../trace"); err != nil || string(text) != "no harm\n" {
		t.Errorf("the script has read %q, %v", text, err)
	}
	if err := s.Do("give-up"); err == nil {
		t.Error("a script that has ended has done something")
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
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

func TestUse(t *testing.T) {
	script(t, `echo "$1 here"; cat >/dev/null; echo gone >../../trace`)
	url, stop, err := Use("TEST_SERVER_URL", "server.sh")
	if err != nil || url != "serve here" {
		t.Fatalf("URL is %q, %v", url, err)
	}
	stop()
	if _, err := os.Stat("../../trace"); err != nil {
		t.Error("stop did not wait for the script")
	}
	t.Setenv("TEST_SERVER_URL", "elsewhere")
	if url, stop, err := Use("TEST_SERVER_URL", "no-such-server.sh"); err != nil || url != "elsewhere" {
		t.Errorf("URL is %q, %v", url, err)
	} else {
		stop()
	}
	t.Setenv("TEST_SERVER_URL", "")
	if _, _, err := Use("TEST_SERVER_URL", "no-such-server.sh"); err == nil || !strings.Contains(err.Error(), "set TEST_SERVER_URL") {
		t.Errorf("error is %v", err)
	}
}
