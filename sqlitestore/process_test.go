package sqlitestore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// Tests that need other processes start the test binary again, which then plays one of the roles of children.
const (
	childVariable = "SQLITESTORE_TEST_CHILD"
	pathVariable  = "SQLITESTORE_TEST_PATH"
)

var children = map[string]func(){"update": updateChild}

// child is a running process of ours. It ends when its standard input is closed.
type child struct {
	*exec.Cmd
	stdin io.Closer
	lines *bufio.Scanner
}

func startChild(tb testing.TB, role, path string) *child {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+role, pathVariable+"="+path)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	c := &child{cmd, stdin, bufio.NewScanner(stdout)}
	tb.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return c
}

// check ends a child with a message.
func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
}

const childWorkers = 8

// sharedKey opens the session that all processes update.
var sharedKey = driver.Key{ID: driver.ID{1}, Verifier: driver.Verifier{2}}

// updateChild opens the store, creates the session if it is the first to do so, and has workers increment a common counter
// and one of their own until its standard input ends. It prints the name of the worker for each acknowledged update.
func updateChild() {
	ctx := context.Background()
	s, err := sqlitestore.Open(ctx, os.Getenv(pathVariable), &sqlitestore.Options{BusyTimeout: time.Minute})
	check(err)
	_, r := newRecord("")
	r.ID = sharedKey.ID
	if err := s.Create(ctx, sharedKey.Verifier, r); !errors.Is(err, driver.ErrExists) {
		check(err)
	}
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	var wg sync.WaitGroup
	var out sync.Mutex
	for i := range childWorkers {
		wg.Go(func() {
			name := fmt.Sprintf("w%d-%d", os.Getpid(), i)
			u := &driver.Update{Ops: []driver.Op{
				driver.Inc{Path: "n", By: driver.IntValue(1)},
				driver.Inc{Path: driver.Path(name), By: driver.IntValue(1)},
			}}
			for {
				_, err := s.Update(ctx, time.Now(), sharedKey, u)
				check(err)
				out.Lock()
				fmt.Println(name)
				out.Unlock()
				select {
				case <-ended:
					return
				default:
				}
			}
		})
	}
	wg.Wait()
	check(s.Close())
}

// tally counts the lines of a child until there are n of them, or until its output ends.
func (c *child) tally(acked map[string]int64, n int) {
	for i := 0; i < n && c.lines.Scan(); i++ {
		acked[c.lines.Text()]++
	}
}

const all = int(^uint(0) >> 1)

// TestProcesses has three processes begin a file at the same time and update one session. One of them is killed
// again and again.
func TestProcesses(t *testing.T) {
	path := newPath(t)
	a, b, victim := startChild(t, "update", path), startChild(t, "update", path), startChild(t, "update", path)
	acked := [3]map[string]int64{{}, {}, {}}
	killed := acked[2]
	var wg sync.WaitGroup
	wg.Go(func() { a.tally(acked[0], all) })
	wg.Go(func() { b.tally(acked[1], all) })
	for round := range 3 {
		if round > 0 {
			victim = startChild(t, "update", path)
		}
		victim.tally(killed, 100)
		victim.Process.Kill()
		victim.tally(killed, all) // what it had printed before it died
		victim.Wait()
	}
	for _, c := range []*child{a, b} {
		c.stdin.Close()
	}
	wg.Wait()
	for _, c := range []*child{a, b} {
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}
	if len(killed) < 3 || len(acked[0]) != childWorkers || len(acked[1]) != childWorkers {
		t.Fatalf("not all processes have worked: %d, %d and %d workers", len(acked[0]), len(acked[1]), len(killed))
	}

	r, err := open(t, path, nil).Load(t.Context(), time.Now(), sharedKey)
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	stored := map[string]int64{}
	for name, v := range r.Data.All() {
		if strings.HasPrefix(name, "w") {
			stored[name] = v.Int()
			sum += v.Int()
		}
	}
	if n := r.Data.Get("n").Int(); n != sum {
		t.Errorf("n is %d and the workers' own counters make %d: an update was applied in part", n, sum)
	}
	for _, process := range acked[:2] {
		for name, n := range process {
			if stored[name] != n {
				t.Errorf("%s: %d updates acknowledged, %d stored", name, n, stored[name])
			}
		}
	}
	for name, n := range killed { // the last one may have lacked nothing but its acknowledgement
		if stored[name] != n && stored[name] != n+1 {
			t.Errorf("%s of a killed process: %d updates acknowledged, %d stored", name, n, stored[name])
		}
	}
	if text := integrity(t, path); text != "ok" {
		t.Error(text)
	}
}

func integrity(tb testing.TB, path string) string {
	tb.Helper()
	s, _, err := connect(tb, path).Prepare("PRAGMA integrity_check")
	if err != nil {
		tb.Fatal(err)
	}
	defer s.Close()
	s.Step()
	return s.ColumnText(0)
}
