package pages

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/internal/testserver"
)

// readmeAddr is where the README's program listens. The test has an address of its own.
const readmeAddr = "localhost:8080"

// TestReadme does what the README says: it makes the program in an empty folder, runs it, and types every curl line. What comes out must
// be what the page shows.
func TestReadme(t *testing.T) {
	var program string
	var lines []string // of consoles: commands, and what they print
	for _, p := range pages(t) {
		for _, b := range p.blocks() {
			switch {
			case p.file != "README.md":
			case b.language == "go" && strings.HasPrefix(b.text, "package main\n"):
				program = b.text
			case b.language == "console":
				lines = append(lines, strings.Split(strings.TrimSpace(b.text), "\n")...)
			}
		}
	}
	if program == "" || len(lines) < 8 {
		t.Fatal("the README has no program, or no console")
	}
	addr := "localhost:" + testserver.FreePort()
	folder := t.TempDir()
	serve(t, folder, strings.ReplaceAll(program, readmeAddr, addr), addr)

	for len(lines) > 0 {
		command, found := strings.CutPrefix(lines[0], "$ ")
		if !found {
			t.Fatalf("no command: %s", lines[0])
		}
		lines = lines[1:]
		n := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "$ ") })
		if n < 0 {
			n = len(lines)
		}
		want := strings.Join(lines[:n], "\n")
		lines = lines[n:]
		bash := exec.CommandContext(t.Context(), "bash", "-c", strings.ReplaceAll(command, readmeAddr, addr))
		bash.Dir = folder
		var stderr bytes.Buffer
		bash.Stderr = &stderr
		out, err := bash.Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("$ %s\n%s\n%v, want\n%s\n%s", command, got, err, want, stderr.String())
		}
	}
}

// serve makes a program of its own in an empty folder and runs it until the test ends.
func serve(t *testing.T, folder, source, addr string) {
	t.Helper()
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	const module = "github.com/atomicsession/atomicsession"
	for _, args := range [][]string{
		{"mod", "init", "visits"},
		{"mod", "edit", "-require=" + module + "@v0.1.0", "-replace=" + module + "=" + here}, // in the place of go mod tidy
		{"vet", "."},
		{"build", "-o", "visits", "."},
	} {
		run := exec.CommandContext(t.Context(), "go", args...)
		run.Dir = folder
		run.Env = append(os.Environ(), "GOWORK=off")
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	server := exec.CommandContext(t.Context(), filepath.Join(folder, "visits"))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Wait() }) // killed
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get("http://" + addr + "/no-page") // begins no session
		if err == nil {
			resp.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
