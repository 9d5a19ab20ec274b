package vet_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/atomicsession/atomicsession/vet"
)

func TestAnalyzer(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), vet.Analyzer, "./...")
}

// The command does the same alone and as go vet's tool: it fails where something is dropped, and is silent where nothing is.
func TestCommand(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "tool.exe")
	if out, err := exec.Command("go", "build", "-o", tool, "./cmd/atomicsessionvet").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(name string, args ...string) (string, error) {
		cmd := exec.Command(name, args...)
		cmd.Dir = "testdata"
		cmd.Env = append(os.Environ(), "GOWORK=off")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	const want = "the change that visits.Inc returns does nothing by itself: give it to Session.Update\n"
	for _, command := range [][]string{{tool}, {"go", "vet", "-vettool=" + tool}} {
		out, err := run(command[0], append(command[1:], "./dropped")...)
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%v ./dropped: %v\n%s", command, err, out)
		}
		if out, err := run(command[0], append(command[1:], "./kept")...); err != nil || out != "" {
			t.Errorf("%v ./kept: %v\n%s", command, err, out)
		}
	}
}
