package proof

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faults"
)

const (
	killedVariable = "PROOF_KILLED" // the file, for the process that will be killed
	killedClients  = 8
	killedSessions = 3
)

// killedTokens kills processes whose clients push tokens into the sessions of one file, until so many calls were under way when they were
// killed. What the file holds then must be what the processes were told before.
func killedTokens(t *testing.T, calls int) (sum faults.Account) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	s := connectSQLite(t, path)
	for round := 0; sum.Faulted < int64(calls) && !t.Failed(); round++ {
		now := time.Now()
		for i := range killedSessions {
			k := killedKey(i)
			r := driver.Record{Meta: driver.Meta{ID: k.ID, Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}}
			if err := s.Create(t.Context(), k.Verifier, r); err != nil {
				t.Fatal(err)
			}
		}
		tried, told := killOne(t, path)
		for i := range killedSessions {
			r, err := s.Load(t.Context(), now, killedKey(i))
			if err != nil {
				t.Fatal(err)
			}
			latest := map[int64]int64{}
			for _, e := range r.Data.Get("l").Elems() {
				client, n := e.Elems()[0].Int(), e.Elems()[1].Int()
				switch {
				case n == latest[client]:
					sum.Twice++
				case n < latest[client]:
					sum.OutOfOrder++
				case n > tried[client]:
					sum.Denied++
				}
				sum.Lost += max(0, min(n, told[client]+1)-latest[client]-1) // those between were told, and are not there
				latest[client] = n
				sum.Stored++
			}
			for client := int64(i); client < killedClients; client += killedSessions {
				sum.Lost += max(0, told[client]-latest[client])
			}
			if err := s.Delete(t.Context(), now, killedKey(i)); err != nil {
				t.Fatal(err)
			}
		}
		for client := range int64(killedClients) {
			sum.Calls += tried[client]
			sum.Acknowledged += told[client]
			sum.Unknown += tried[client] - told[client]
		}
		sum.Faulted = sum.Unknown
	}
	if err := sum.Err(); err != nil {
		t.Error(err)
	}
	return sum
}

// killOne runs a process for a moment. It returns the number of the last call that each of its clients has begun, and of the last that it was
// told the success of. The first of a client is 1.
func killOne(t *testing.T, path string) (tried, told map[int64]int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledChild$")
	cmd.Env = append(os.Environ(), killedVariable+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tried, told = map[int64]int64{}, map[int64]int64{}
	var kill *time.Timer
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var what string
		var client, n int64
		if _, err := fmt.Sscan(lines.Text(), &what, &client, &n); err != nil {
			t.Errorf("%q: %v", lines.Text(), err)
		}
		if what == "try" {
			tried[client] = n
		} else if told[client] = n; kill == nil {
			kill = time.AfterFunc(rand.N(30*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // it was killed
	if kill == nil {
		t.Error("the process has ended before a call")
	}
	return tried, told
}

// killedKey returns the key of a session of the file.
func killedKey(i int) (k driver.Key) {
	sum := sha256.Sum256([]byte{byte(i)})
	copy(k.ID[:], sum[:])
	k.Verifier = sum
	return k
}

// TestKilledChild is the process that is killed. Each of its clients says what it is about to do, and what it was told.
func TestKilledChild(t *testing.T) {
	path := os.Getenv(killedVariable)
	if path == "" {
		return
	}
	s := connectSQLite(t, path)
	var done sync.WaitGroup
	for client := range killedClients {
		done.Go(func() {
			k := killedKey(client % killedSessions)
			for n := 1; ; n++ {
				fmt.Println("try", client, n)
				token := driver.ArrayValue(driver.IntValue(int64(client)), driver.IntValue(int64(n)))
				u := driver.Update{Ops: []driver.Op{driver.Push{Path: "l", Each: []driver.Value{token}}}}
				if _, err := s.Update(context.Background(), time.Now(), k, &u); err != nil {
					fmt.Fprintln(os.Stderr, errors.Join(errors.New("of a process that was not yet killed"), err))
					return
				}
				fmt.Println("told", client, n)
			}
		})
	}
	done.Wait()
}
