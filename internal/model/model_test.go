package model_test

import (
	"strings"
	"testing"
)

// The stores whose protocols are modelled, as the model calls them.
const (
	postgres = "POSTGRES"
	redis    = "REDIS"
)

// TestStores visits every state of the model: no promise is broken in any, and all that the model says may happen does.
func TestStores(t *testing.T) {
	for _, store := range []string{postgres, redis} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			m := newModel(t, store)
			report := m.search(t, depth, "-O2")
			if strings.Contains(report, "assertion violated") {
				events, promise := m.sequence(t)
				t.Fatalf("broken: %s\n%s", promise, events)
			}
			for _, flaw := range flaws(report) {
				t.Error(flaw)
			}
			if t.Failed() {
				t.Log(report)
			}
		})
	}
}

// TestFlaws has searches that prove nothing.
func TestFlaws(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps int
		edits []string
		want  string
	}{
		{"cut short", 40, nil, "it has not visited everything"},
		{"nobody else", depth, []string{"#define OTHERS 4", "#define OTHERS 0"}, "another updates"},
		{"no second ID", depth, []string{"#define OTHERS 4", "#define OTHERS 1", "a = RefusedBefore", "a = Unknown"}, "retry = 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report := newModel(t, postgres, c.edits...).search(t, c.steps, "-O1")
			if all := strings.Join(flaws(report), "\n"); !strings.Contains(all, c.want) {
				t.Errorf("the flaws are %q, want one of them to say %q:\n%s", all, c.want, report)
			}
		})
	}
}
