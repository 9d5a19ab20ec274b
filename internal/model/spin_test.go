package model_test

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// main is the part of the model that all stores have.
const main = "session.pml"

// model is a copy of the model for one store.
type model struct{ dir, store string }

// newModel returns the model with each old text replaced by the new one behind it. Each must be there.
func newModel(t *testing.T, store string, edits ...string) model {
	t.Helper()
	m := model{t.TempDir(), store}
	left := make([]int, len(edits)/2)
	for _, name := range []string{main, strings.ToLower(store) + ".pml"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range left {
			left[i] += bytes.Count(text, []byte(edits[2*i]))
			text = bytes.ReplaceAll(text, []byte(edits[2*i]), []byte(edits[2*i+1]))
		}
		if err := os.WriteFile(filepath.Join(m.dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, n := range left {
		if n != 1 {
			t.Fatalf("the model has %d times %q, want once", n, edits[2*i])
		}
	}
	return m
}

// run runs a program beside the model, and returns what it prints.
func (m model) run(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.WaitDelay = m.dir, 10*time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return string(out)
}

// depth is more steps than the model can take.
const depth = 1000

// search visits all states that the model can be in after so many steps, and returns the checker's report. flags are for the C compiler.
func (m model) search(t *testing.T, steps int, flags ...string) string {
	t.Helper()
	m.run(t, "spin", "-a", "-o3", "-D"+m.store, main) // not to merge statements, or it does not tell all that never happen
	compiler := strings.Fields(cmp.Or(os.Getenv("CC"), "gcc"))
	m.run(t, compiler[0], slices.Concat(compiler[1:], flags, []string{"-w", "-DSAFETY", "-DMEMLIM=2048", "-o", "pan", "pan.c"})...)
	return m.run(t, filepath.Join(m.dir, "pan"), "-m"+strconv.Itoa(steps))
}

var (
	errorCount = regexp.MustCompile(`(?m)errors: (\d+)$`)
	unreached  = regexp.MustCompile(`(?m)^\t(\S+\.pml:\d+), state \d+, (.*)$`)
)

// flaws returns why a search that has found no error proves nothing.
func flaws(report string) (all []string) {
	if count := errorCount.FindStringSubmatch(report); count == nil || count[1] != "0" {
		all = append(all, "it failed")
	}
	for line := range strings.Lines(report) {
		if strings.HasPrefix(line, "error:") || strings.HasPrefix(line, "Warning:") || strings.Contains(line, "out of memory") {
			all = append(all, "it has not visited everything: "+strings.TrimSpace(line))
		}
	}
	for _, place := range unreached.FindAllStringSubmatch(report, -1) {
		if place[2] != `"-end-"` { // others have none
			all = append(all, place[1]+" never happens: "+place[2])
		}
	}
	return all
}

var failed = regexp.MustCompile(`(?m)^spin: (\w+\.pml):(\d+), Error: assertion violated$`)

// sequence returns what happens until the promise is broken that a search has found broken, and the promise: the comment behind the assertion.
func (m model) sequence(t *testing.T) (events, promise string) {
	t.Helper()
	out := m.run(t, "spin", "-T", "-t", "-D"+m.store, main)
	at := failed.FindStringSubmatchIndex(out)
	if at == nil {
		t.Fatalf("the sequence breaks no promise:\n%s", out)
	}
	text, err := os.ReadFile(filepath.Join(m.dir, out[at[2]:at[3]]))
	if err != nil {
		t.Fatal(err)
	}
	line, _ := strconv.Atoi(out[at[4]:at[5]])
	_, promise, _ = strings.Cut(strings.Split(string(text), "\n")[line-1], "/* ")
	promise, _, _ = strings.Cut(promise, " */")
	for line := range strings.Lines(out[:at[0]]) {
		events += "\t" + strings.TrimSpace(line) + "\n"
	}
	return events, promise
}
