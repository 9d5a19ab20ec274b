//go:build mutants

package proof

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/internal/mutant"
)

// planted is a fault that is put into a store, and where it must be found: in a subtest of TestLinearizable, without the flag -prove, or in
// the store's own test of networks that fail, which keeps account of tokens. A change of the store that touches such a place must bring the
// row up to date.
type planted struct {
	name  string
	store string // of a target
	harm  string // of a nemesis, or tokens; "": none
	edits mutant.Edits
}

// tokens has a fault found by [github.com/atomicsession/atomicsession/drivertest/faults.Tokens].
const tokens = "tokens"

// judge returns the folder and the test that must find the fault.
func (p *planted) judge() (folder, test string) {
	switch p.harm {
	case tokens:
		if p.store == "PostgreSQL" {
			return "pgstore", "^TestFaults$/^pool$/^tokens$"
		}
		return "redisstore", "^TestFaults$/^tokens$"
	case "":
		return "internal/proof", fmt.Sprintf("^TestLinearizable$/^%s$/^quiet$", regexp.QuoteMeta(p.store))
	}
	return "internal/proof", fmt.Sprintf("^TestLinearizable$/^%s$/^%s$", regexp.QuoteMeta(p.store), regexp.QuoteMeta(p.harm))
}

// samplesMost is how many samples may be taken: chance decides which calls meet, and the faults that hide best are found by a third of the
// samples. So many in vain happen once in ten million times. The results say which sample it was.
const samplesMost = 40

// TestPlanted builds these tests with each of the faults, and runs the one that must find it. It is for make mutants.
func TestPlanted(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "GOWORK=off") // the servers are started once for all
	for variable, script := range map[string]string{
		"REDIS_URL": "redis-server.sh", "POSTGRES_URL": "postgres-server.sh", "MONGODB_URI": "mongo-server.sh",
		"MYSQL_URL": "mariadb-server.sh",
	} {
		env = append(env, variable+"="+shared(t, variable, script, "MONGO_SERVER_AUTH="))
	}
	for _, p := range slices.Concat(plantedInUpdates, plantedInRecords, plantedInRetries) {
		t.Run(fmt.Sprintf("%s, %s: %s", p.store, cmp.Or(p.harm, "quiet"), p.name), func(t *testing.T) {
			t.Parallel()
			p.find(t, root, env)
		})
	}
}

// find fails the test unless the fault is found.
func (p *planted) find(t *testing.T, root string, env []string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "proof.test")
	folder, test := p.judge()
	build := mutant.Test(t, root, folder, p.edits, "-ldflags=-s", "-c", "-o", program, ".")
	build.Env = env
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the store with the fault does not build: %v\n%s", err, out)
	}
	var out []byte
	for sample := range samplesMost {
		begun := time.Now()
		run := exec.CommandContext(t.Context(), program, "-test.timeout=2m", "-test.run="+test)
		run.Dir, run.Env = build.Dir, env
		var err error
		if out, err = run.CombinedOutput(); err != nil && !strings.Contains(string(out), "panic: ") { // a store that breaks down tells nothing of its judge
			p.found(t, string(out), sample+1, time.Since(begun))
			return
		}
	}
	t.Errorf("not found in %d samples, the last of which has\n%s", samplesMost, out)
}

var (
	foundLine     = regexp.MustCompile(`not linearizable: history \d+, found after (\d+) histories, (\d+) calls, .*`)
	accountLine   = regexp.MustCompile(`an account that is not right: ()(\d+) calls, .*`)
	pictureLine   = regexp.MustCompile(`a picture: (.+)`)
	operationLine = regexp.MustCompile(`^ +\d+  client \d+  `)
)

// found notes what has come of the sample in which the judge has found the fault; another reason to fail is none.
func (p *planted) found(t *testing.T, out string, sample int, took time.Duration) {
	t.Helper()
	for _, picture := range pictureLine.FindAllStringSubmatch(out, -1) {
		if err := os.RemoveAll(filepath.Dir(picture[1])); err != nil { // nobody wants it who has planted the fault
			t.Error(err)
		}
	}
	lines := foundLine
	if p.harm == tokens {
		lines = accountLine
	}
	line := lines.FindStringSubmatch(out)
	if line == nil {
		t.Fatalf("it fails, and not because of what the judge has found:\n%s", out)
	}
	r := plantedRow{Fault: p.name, Store: p.store, Harm: p.harm, Sample: sample, Seconds: took.Seconds()}
	for _, part := range strings.Split(out, "and then:\n")[1:] {
		for text := range strings.Lines(part) {
			if !operationLine.MatchString(text) {
				break
			}
			r.Smallest++
		}
	}
	r.Histories, _ = strconv.Atoi(line[1])
	r.Calls, _ = strconv.Atoi(line[2])
	t.Logf("%s; sample %d, %.1f s in all; %d operations show it", line[0], sample, r.Seconds, r.Smallest)
	if testing.Verbose() {
		t.Log(strings.TrimSpace(out))
	}
	mu.Lock()
	defer mu.Unlock()
	seen.Planted = append(seen.Planted, r)
}
