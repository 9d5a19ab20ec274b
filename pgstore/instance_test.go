package pgstore

import (
	"context"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/internal/testserver"
)

// server is a PostgreSQL server that a test has for itself.
type server struct {
	url  string
	data string // its folder
}

// newServer starts a server that the test's end stops. env is for scripts/postgres-server.sh.
func newServer(t testing.TB, env ...string) *server {
	t.Helper()
	process, err := testserver.Start("postgres-server.sh", env...)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{url: process.URI}
	t.Cleanup(func() {
		if t.Failed() {
			text, _ := os.ReadFile(filepath.Join(filepath.Dir(s.data), "log"))
			t.Logf("end of the server's log:\n%s", text[max(0, len(text)-4000):])
		}
		if err := process.Stop(); err != nil {
			t.Error(err)
		}
	})
	s.data = ask[string](t, dial(t, s.url), "SHOW data_directory")
	return s
}

// address returns the host and port that a URL names.
func address(url string) string {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		panic(err)
	}
	return c.ConnConfig.Host + ":" + strconv.Itoa(int(c.ConnConfig.Port))
}

// crash kills the server as a failure of the machine would, but for what the operating system keeps in memory, and waits
// until it is gone.
func (s *server) crash(t testing.TB) {
	t.Helper()
	kill(t, s.pid(t), syscall.SIGQUIT)
	waitUntil(t, "the server is gone", func() bool {
		_, err := os.Stat(filepath.Join(s.data, "postmaster.pid")) // which it removes last
		return os.IsNotExist(err)
	})
}

// restart starts the server again on the same port, and waits until it answers.
func (s *server) restart(t testing.TB) {
	t.Helper()
	cmd := osexec.Command("../scripts/postgres-server.sh", "restart", s.data)
	if err := cmd.Run(); err != nil {
		t.Fatal("restart:", err)
	}
}

// signal sends a signal to all processes of the server.
func (s *server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	pid := s.pid(t)
	kill(t, pid, sig) // first, so that it starts no others
	for _, child := range children(t, pid) {
		_ = sendSignal(child, sig) // it may have ended
	}
}

// pid returns the number of the process that started the others.
func (s *server) pid(t testing.TB) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func kill(t testing.TB, pid int, sig syscall.Signal) {
	t.Helper()
	if err := sendSignal(pid, sig); err != nil {
		t.Fatalf("%v to process %d: %v", sig, pid, err)
	}
}

// children returns the numbers of the processes that the process has started.
func children(t testing.TB, pid int) (pids []int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Fatal(err)
	}
	for field := range strings.FieldsSeq(string(text)) {
		child, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, child)
	}
	return pids
}

// ask returns the one value that a query of a test finds.
func ask[T any](t testing.TB, pool *pgxpool.Pool, sql string, args ...any) (value T) {
	t.Helper()
	if err := pool.QueryRow(context.Background(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}
