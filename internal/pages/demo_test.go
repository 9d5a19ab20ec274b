package pages

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDemoPage types what docs/demo.md shows, to a demo that runs.
func TestDemoPage(t *testing.T) {
	var script string
	for _, p := range pages(t) {
		for _, b := range p.blocks() {
			if p.file == "docs/demo.md" && b.language == "sh" {
				script += b.text
			}
		}
	}
	const addr = "http://127.0.0.1:8080"
	if !strings.Contains(script, addr) {
		t.Fatalf("docs/demo.md shows nothing to type:\n%s", script)
	}
	at := demo(t)
	bash := exec.CommandContext(t.Context(), "bash", "-euc", strings.ReplaceAll(script, addr, at))
	bash.Dir = t.TempDir()
	out, err := bash.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	n := 0
	for line := range strings.Lines(string(out)) { // headers may stand around the answers
		if !strings.HasPrefix(line, "{") {
			continue
		}
		n++
		if strings.Contains(line, `"error"`) {
			t.Errorf("an answer: %s", line)
		}
	}
	if asked := strings.Count(script, "\ncall ") + strings.Count(script, "\ncurl "); n < asked || asked < 6 {
		t.Errorf("%d answers to %d requests:\n%s", n, asked, out)
	}
}

// demo runs the command's demo until the test ends, and returns where it is.
func demo(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "atomicsession")
	checker{}.run(t, "go", "build", "-o", binary, "./cmd/atomicsession")
	cmd := exec.CommandContext(t.Context(), binary, "demo", "--store", "memory:", "--addr", "127.0.0.1:0")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // killed
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_, at, found := strings.Cut(strings.TrimSpace(line), ": ")
	if err != nil || !found {
		t.Fatalf("the demo says %q, %v", line, err)
	}
	return at
}
