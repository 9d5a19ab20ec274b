package linearizable_test

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/memstore"
)

// mutants are stores with one mistake each.
var mutants = []struct {
	name string
	open func(s *memstore.Store) driver.Store
}{
	{"loads, modifies, saves", func(s *memstore.Store) driver.Store { return loadModifySave{s} }},
	{"sends again what was done", func(s *memstore.Store) driver.Store { return &twice{Store: s} }},
	{"sends again what was done, later", func(s *memstore.Store) driver.Store { return &late{Store: s} }},
	{"forgets what it has acknowledged", func(s *memstore.Store) driver.Store { return &forgetful{Store: s} }},
	{"one operation after the other", func(s *memstore.Store) driver.Store { return oneByOne{s} }},
	{"looks whether the conditions hold", func(s *memstore.Store) driver.Store { return looksFirst{s} }},
	{"answers from before", func(s *memstore.Store) driver.Store { return answersEarly{s} }},
	{"two take the same", func(s *memstore.Store) driver.Store { return peeks{s} }},
	{"takes one of two", func(s *memstore.Store) driver.Store { return takesOne{s} }},
	{"takes nothing on a condition", func(s *memstore.Store) driver.Store { return takesUnconditionally{s} }},
	{"updates what is not there", func(s *memstore.Store) driver.Store { return upsert{s} }},
	{"brings back what has ended", func(s *memstore.Store) driver.Store { return revive{s} }},
	{"creates over what is there", func(s *memstore.Store) driver.Store { return overwriting{s} }},
	{"touches without a secret", func(s *memstore.Store) driver.Store { return unguarded{newVerifiers(s)} }},
	{"keeps the secret of before", func(s *memstore.Store) driver.Store { return keepsOld{newVerifiers(s)} }},
	{"never calls a secret replayed", func(s *memstore.Store) driver.Store { return neverReplayed{s} }},
	{"is told that it has ended", func(s *memstore.Store) driver.Store { return believing{s} }},
	{"keeps what it has read", func(s *memstore.Store) driver.Store { return &caching{Store: s} }},
	{"moves the last use back", func(s *memstore.Store) driver.Store { return backwards{s} }},
	{"looks, then sweeps", func(s *memstore.Store) driver.Store { return looksThenSweeps{s} }},
	{"lists what has ended", func(s *memstore.Store) driver.Store { return &listsEnded{Store: s} }},
	{"lists, then deletes", func(s *memstore.Store) driver.Store { return listsThenDeletes{s} }},
	{"ends who has signed in since", func(s *memstore.Store) driver.Store { return endsSince{s} }},
	{"ends everybody without exception", func(s *memstore.Store) driver.Store { return endsWithoutException{s} }},
	{"counts what had expired", func(s *memstore.Store) driver.Store { return countsExpired{s} }},
	{"loads in two looks", func(s *memstore.Store) driver.Store { return loading{s, true} }},
	{"looks when they have signed in", func(s *memstore.Store) driver.Store { return looksWhen{s} }},
}

const (
	mutantVariable = "LINEARIZABLE_MUTANT"
	dirVariable    = "LINEARIZABLE_DIR"
	// histories is how many are enough to find each.
	histories = 4000
)

var foundLine = regexp.MustCompile(`not linearizable: history \d+, found after (\d+ histories, \d+ calls, \S+)\n`)

// TestMutants runs this test binary once more for every mutant, and expects it to be found.
func TestMutants(t *testing.T) {
	name, child := os.LookupEnv(mutantVariable)
	for _, m := range mutants {
		if child && m.name == name {
			linearizable.Run(t, inMemory(m.open), &linearizable.Options{Processes: 1, Histories: histories, Dir: os.Getenv(dirVariable)})
		}
		if child {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMutants$")
			cmd.Env = append(os.Environ(), mutantVariable+"="+m.name, dirVariable+"="+t.TempDir())
			expectFound(t, cmd)
		})
	}
}

// expectFound runs a test that must find its store wrong.
func expectFound(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	output, err := cmd.CombinedOutput()
	found := foundLine.FindSubmatch(output)
	if err == nil || found == nil {
		t.Fatalf("it was not found (%v):\n%s", err, output)
	}
	t.Logf("found after %s", found[1])
}
