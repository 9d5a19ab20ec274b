package main

import "testing"

func TestPartsMakeNoReport(t *testing.T) {
	if err := bench(t.Context(), []string{"-only", "sweep", "-stores", "memory", "-docs", t.TempDir()}); err == nil {
		t.Error("a report is made of a part")
	}
}
