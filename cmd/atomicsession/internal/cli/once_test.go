package cli

import (
	"flag"
	"strings"
	"testing"
)

// TestTwice gives every flag of every command twice: package flag alone would act on the last one, and not on the first.
func TestTwice(t *testing.T) {
	for _, c := range commands {
		flags, _ := c.flags(Environment{})
		var names []string
		flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
		for _, name := range names {
			args := []string{c.name, "--" + name + "=true", "--" + name + "=true"}
			if name == "timeout" {
				args = []string{c.name, "--timeout", "1s", "--timeout", "1s"}
			}
			want := "--" + name + ": it is given twice; see \"atomicsession help " + c.name + "\"\n"
			if c.name == "sweep" && name == "dry-run" {
				want = "no store can count"
			}
			status, out, errs := runCommand(t, Environment{}, args...)
			if status != exitUsage || out != "" || !strings.Contains(errs, want) {
				t.Errorf("%v: %d %q %q, want %q", args, status, out, errs, want)
			}
		}
	}
	status, _, errs := runCommand(t, Environment{}, "sweep", "--json", "--json", "--store", "memory:")
	if status != exitUsage || !strings.Contains(errs, "--json: it is given twice") {
		t.Errorf("without values: %d %q", status, errs)
	}
}
