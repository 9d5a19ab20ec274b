package main

import (
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/internal/bridge/lostupdates"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(&out); err != nil || !lostupdates.Shows(out.String()) {
		t.Errorf("%v, it says\n%s", err, out.String())
	}
}
