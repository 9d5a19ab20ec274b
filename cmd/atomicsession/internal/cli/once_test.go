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
			flag := "--" + name + "=true"
			if name == "timeout" || name == "revoke-before" {
				flag = "--" + name + "=1s"
			}
			args := []string{c.name, flag, flag}
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
