package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
)

const many = 1210

// crowded returns the URL of a store with many sessions, and has progress told at once.
func crowded(t *testing.T) (url string) {
	first := make([]byte, many)
	for i := range first {
		first[i] = byte(1 + i/256)
	}
	url, _ = newSQLite(t, first...)
	before := progressEvery
	progressEvery = 0
	t.Cleanup(func() { progressEvery = before })
	return url
}

// TestEveryoneMany has more sessions than are read or ended in one step: they are told as it goes on, and what waits learns how
// far it is.
func TestEveryoneMany(t *testing.T) {
	url := crowded(t)
	run := func(args ...string) (int, string, string) {
		return runCommand(t, Environment{Terminal: true}, append([]string{"sessions", "--everyone", "--store", url, "--timeout", "30s"}, args...)...)
	}
	if status, out, errs := run("--count"); status != 0 || out != "1210 sessions\n" || !strings.HasPrefix(errs, "counted so far: 1\n") {
		t.Errorf("count: %d %q …%d", status, out, len(errs))
	}
	for flags, lines := range map[string]int{"": many + 1, "--json": many} {
		if status, out, errs := run(strings.Fields(flags)...); status != 0 || strings.Count(out, "\n") != lines || errs != "" {
			t.Errorf("list %s: %d, %d lines, %q", flags, status, strings.Count(out, "\n"), errs)
		}
	}
	if status, out, _ := run("--revoke-before", "now", "--dry-run"); status != 0 || !strings.HasPrefix(out, "would end 1210 sessions, ") {
		t.Errorf("dry run: %d %q", status, out)
	}
	status, out, errs := run("--revoke-before", "now")
	if want := "ended so far: 500\nended so far: 1000\nended so far: 1210\n"; status != 0 || !strings.HasPrefix(out, "ended 1210 sessions, ") || errs != want {
		t.Errorf("%d %q %q, want %q", status, out, errs, want)
	}
}

// TestEveryoneInterrupted interrupts a command after its first step: what it has done is printed.
func TestEveryoneInterrupted(t *testing.T) {
	url := crowded(t)
	for _, tc := range []struct {
		flags       []string
		want, wrong string
	}{
		{[]string{"--count"}, "", "canceled"},
		{[]string{"--revoke-before", "now", "--dry-run", "--json"}, `"complete":false}` + "\n", "canceled"},
		{[]string{"--revoke-before", "now"}, "ended at least 500 sessions, signed in before ", "interrupted"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var out, errs bytes.Buffer
		told := writerFunc(func(p []byte) (int, error) {
			cancel()
			return errs.Write(p)
		})
		env := Environment{Stdout: &out, Stderr: told, Terminal: true}
		status := Run(ctx, append([]string{"sessions", "--everyone", "--store", url}, tc.flags...), env)
		cancel()
		if status != exitInterrupted || !strings.Contains(out.String(), tc.want) || tc.want == "" && out.Len() > 0 {
			t.Errorf("%v: %d %q, want %q; %.200q", tc.flags, status, out.String(), tc.want, errs.String())
			continue
		}
		if _, line, _ := strings.Cut(errs.String(), "atomicsession sessions: "); !strings.Contains(line, tc.wrong) || strings.Count(line, "\n") != 1 {
			t.Errorf("%v: %q, want %q", tc.flags, line, tc.wrong)
		}
	}
	_, out, _ := runCommand(t, Environment{}, "sessions", "--everyone", "--store", url, "--count")
	if want := fmt.Sprintf("%d sessions\n", many-500); out != want {
		t.Errorf("afterwards %q, want %q", out, want)
	}
}
