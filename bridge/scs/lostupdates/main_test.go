package main

import (
	"regexp"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 4 || !regexp.MustCompile(`kept: +[12]?\d of 30 +30 of 30$`).MatchString(lines[1]) ||
		!regexp.MustCompile(`afterwards: +ann is signed in +nobody$`).MatchString(lines[2]) {
		t.Errorf("it says\n%s", out.String())
	}
}
