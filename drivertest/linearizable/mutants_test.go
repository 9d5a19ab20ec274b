package linearizable_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/memstore"
)

// mutants are stores with one mistake each. None of them pauses to make it worse.
var mutants = []struct {
	name string
	open func(s *memstore.Store) driver.Store
}{
	{"loads, modifies, saves", func(s *memstore.Store) driver.Store { return loadModifySave{s} }},
	{"revives", func(s *memstore.Store) driver.Store { return revive{s} }},
}

// loadModifySave evaluates on a copy and writes the fields back.
type loadModifySave struct{ *memstore.Store }

func (s loadModifySave) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, err := s.Load(ctx, now, k)
	if err != nil {
		return driver.Result{}, err
	}
	data, taken, err := driver.Eval(ctx, rec.Data, u, now)
	if err != nil {
		return driver.Result{}, err
	}
	save := *u
	save.If, save.Ops = nil, nil
	for _, name := range u.WrittenNames() {
		if v := data.Get(name); v.Exists() {
			save.Ops = append(save.Ops, driver.Set{Path: driver.Path(name), Value: v})
		} else {
			save.Ops = append(save.Ops, driver.Unset{Path: driver.Path(name)})
		}
	}
	res, err := s.Store.Update(ctx, now, k, &save)
	res.Taken = taken
	return res, err
}

// revive creates what it does not find any more.
type revive struct{ *memstore.Store }

func (s revive) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	rec, err := s.Load(ctx, now, k)
	if err != nil {
		return driver.Result{}, err
	}
	res, err := s.Store.Update(ctx, now, k, u)
	if err != nil && s.Create(ctx, k.Verifier, rec) == nil {
		return s.Store.Update(ctx, now, k, u)
	}
	return res, err
}

const mutantVariable = "LINEARIZABLE_MUTANT"

// TestMutants runs this test binary once more for every mutant, and expects it to be found.
func TestMutants(t *testing.T) {
	name, child := os.LookupEnv(mutantVariable)
	for _, m := range mutants {
		if child && m.name == name {
			linearizable.Run(t, inMemory(m.open), &linearizable.Options{Processes: 1, Histories: 5000, Dir: os.Getenv(mutantVariable + "_DIR")})
		}
		if child {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMutants$")
			cmd.Env = append(os.Environ(), mutantVariable+"="+m.name, mutantVariable+"_DIR="+t.TempDir())
			output, err := cmd.CombinedOutput()
			_, line, found := strings.Cut(string(output), "not linearizable: ")
			if err == nil || !found {
				t.Errorf("it was not found (%v):\n%s", err, output)
			}
			line, _, _ = strings.Cut(line, "\n")
			t.Log(line)
			if testing.Verbose() {
				t.Logf("%s", output)
			}
		})
	}
}
