//go:build unix

package setup

import (
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain is the application of these tests where it is started as one. It starts another process.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "application" {
		os.Exit(m.Run())
	}
	child := exec.Command("sleep", "600")
	if err := child.Start(); err != nil {
		panic(err)
	}
	http.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strconv.Itoa(child.Process.Pid)))
	})
	panic(http.ListenAndServe(net.JoinHostPort("127.0.0.1", os.Getenv("PORT")), nil)) //nolint:gosec // a test's
}

func contestant(serve ...string) *Contestant {
	return &Contestant{Setup: Setup{Serve: serve}, name: "test/test/test"}
}

// TestStop has nothing be left of an application: no process, no folder.
func TestStop(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	p, err := contestant("races", "application").Start(t.Context(), new(Servers))
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Browser().Get(t.Context(), "/state")
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	for deadline := time.Now().Add(10 * time.Second); !ended(child); {
		if time.Now().After(deadline) {
			t.Fatal("what the application has started goes on")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := p.Browser().Get(t.Context(), "/state"); err == nil {
		t.Error("it still answers")
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Error("it has left something", left, err)
	}
}

// ended is whether a process is gone, or waits for nothing but its parent.
func ended(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err != nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || strings.Contains(string(stat), ") Z ")
}

func TestStartFails(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	_, err := contestant("sh", "-c", "echo the reason >&2; exit 3").Start(t.Context(), new(Servers))
	if err == nil || !strings.Contains(err.Error(), "test/test/test") || !strings.Contains(err.Error(), "the reason") {
		t.Error(err)
	}
	if _, err := contestant("no such program").Start(t.Context(), new(Servers)); err == nil {
		t.Error("it has been started")
	}
	c := contestant("sh")
	c.Servers = []string{"Oracle"}
	if _, err := c.Start(t.Context(), new(Servers)); err == nil || !strings.Contains(err.Error(), "Oracle") {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Error("it has left something", left, err)
	}
}

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
