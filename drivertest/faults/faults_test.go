package faults

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

func TestFaults(t *testing.T) {
	if unknown := Run(t, openRemote(remote{})); unknown > 0 {
		t.Errorf("the outcome of %d calls is unknown: this store goes on until it knows", unknown)
	}
}

// mutants are stores with one mistake each, and the case that has to find it.
var mutants = []struct {
	name, caught string
	remote
}{
	{"no operation ID", "lost update/inc", remote{withoutID: true}},
	{"another ID for each try", "lost update/push", remote{newIDs: true}},
	{"looks at the secret first", "lost update/renewal", remote{guardsFirst: true}},
	{"looks at the user first", "lost update/bound by user", remote{guardsFirst: true}},
	{"forgets whose it is", "records/update by user, overtaken", remote{forgetsUsers: true}},
	{"takes silence for success", "lost update/set", remote{silence: func() error { return nil }}},
	{"takes silence for failure", "records/delete", remote{silence: func() error { return driver.ErrUnavailable }}},
	{"forgets operations", "late update/copy", remote{forgets: true}},
	{"brings sessions back", "late update/after the end", remote{withoutID: true, upserts: true}},
	{"answers with what is there now", "overtaken/inc", remote{answersLate: true}},
	{"answers with what is said of it now", "overtaken/set", remote{metaLate: true}},
	{"forgets refusals", "refused/condition", remote{forgetsRefusals: true}},
	{"forgets sign-ins", "lost update/sign-in", remote{forgetsSignIns: true}},
	{"lists nothing in silence", "many/list", remote{listsNothing: true}},
	{"inserts again", "records/create, overtaken by the end", remote{insertsAgain: true}},
	{"believes a second answer", "records/delete", remote{deletesOnce: true}},
	{"takes another secret for the end", "records/delete, overtaken", remote{believesTheEnd: true}},
	{"takes another user for the end", "records/delete by user, overtaken", remote{believesTheEnd: true}},
	{"says that nobody was signed out", "half/reply", remote{silence: func() error { return driver.ErrUnavailable }}},
	{"makes no exception twice", "many/delete all of a user", remote{deletesAll: true}},
	{"counts twice sometimes", "tokens/many clients", remote{newIDs: true}},
	{"acknowledges and forgets", "tokens/many clients", remote{pretends: true}},
	{"puts off what it acknowledges", "tokens/many clients", remote{pretends: true, postpones: true}},
	{"brings back what has ended", "tokens/many clients", remote{upserts: true}},
}

// says is what the account of tokens says of the mutants that it finds.
var says = map[string]string{
	"counts twice sometimes":        "is there twice",
	"acknowledges and forgets":      "acknowledged) is not there",
	"puts off what it acknowledges": "acknowledged) is behind one that began later",
	"brings back what has ended":    "was updated after its end",
}

// TestInterrupted has a store without a network.
func TestInterrupted(t *testing.T) {
	if sum := Interrupted(t, memstore.New(nil), 5000); sum.Faulted < 5000 || sum.Refused == 0 {
		t.Errorf("%v, want calls that were interrupted", sum)
	}
}

// TestNobodyListens has a server that is gone from the start. It runs this test binary once more.
func TestNobodyListens(t *testing.T) {
	if _, child := os.LookupEnv(mutantVariable); child {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		_ = l.Close()
		open := func(t *testing.T) Network {
			n := openRemote(remote{})(t)
			n.Addr = addr
			return n
		}
		t.Run("suite", func(t *testing.T) { Run(t, open) })
		t.Run("tokens", func(t *testing.T) { Tokens(t, open(t), 10) })
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNobodyListens$", "-test.timeout=1m")
	cmd.Env = append(os.Environ(), mutantVariable+"=")
	output, err := cmd.CombinedOutput()
	if err == nil || strings.Count(string(output), "nobody listens at Network.Addr") != 2 || strings.Contains(string(output), "panic: ") {
		t.Errorf("%v:\n%s", err, output)
	}
}

const mutantVariable = "STORETEST_MUTANT"

// TestMutants runs this test binary once more for every mutant and expects it to fail in the right place.
func TestMutants(t *testing.T) {
	name, child := os.LookupEnv(mutantVariable)
	for _, m := range mutants {
		if child && m.name == name {
			Run(t, openRemote(m.remote))
		}
		if child {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			path := "TestMutants/" + strings.ReplaceAll(m.caught, " ", "_")
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+strings.ReplaceAll(path, "/", "$/^")+"$")
			cmd.Env = append(os.Environ(), mutantVariable+"="+m.name)
			output, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(output), "--- FAIL: "+path) || !strings.Contains(string(output), "What this is about: ") {
				t.Errorf("%s did not find it (%v):\n%s", m.caught, err, output)
			}
			if !strings.Contains(string(output), says[m.name]) {
				t.Errorf("the account does not say %q:\n%s", says[m.name], output)
			}
		})
	}
}
