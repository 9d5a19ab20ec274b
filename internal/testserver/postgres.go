package testserver

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Postgres is a PostgreSQL server that a test has for itself. What it acknowledges is on the disk.
type Postgres struct {
	URL  string // of a superuser
	data string // its folder
}

// NewPostgres starts a server that the test's end stops. env is for scripts/postgres-server.sh. If the test has failed, the end of the
// server's log is shown.
func NewPostgres(tb testing.TB, env ...string) *Postgres {
	tb.Helper()
	server, err := Start("postgres-server.sh", env...)
	if err != nil {
		tb.Fatal(err)
	}
	p := &Postgres{URL: server.URI}
	tb.Cleanup(func() {
		logEnd(tb, p.Addr(), filepath.Join(filepath.Dir(p.data), "log"))
		if err := server.Stop(); err != nil {
			tb.Error(err)
		}
	})
	if p.data, err = p.Ask("SHOW data_directory"); err != nil {
		tb.Fatal(err)
	}
	return p
}

// Addr returns the server's host and port.
func (p *Postgres) Addr() string {
	u, err := url.Parse(p.URL)
	if err != nil {
		panic(err) // the script has made it
	}
	return u.Host
}

// Ask returns what psql prints for the statement, without the last line's end.
func (p *Postgres) Ask(sql string) (string, error) {
	cmd := exec.Command(filepath.Join(os.Getenv("POSTGRES_BIN"), "psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
		"--set=ON_ERROR_STOP=1", "--command="+sql, p.URL)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("psql: %s: %w: %s", sql, err, out)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// Crash has the server end as a failure of the machine would, but for what the operating system keeps in memory, and waits until it
// is gone. Its processes tell their clients.
func (p *Postgres) Crash() error {
	pid, err := p.pid()
	if err == nil {
		err = sendSignal(pid, syscall.SIGQUIT)
	}
	if err != nil {
		return err
	}
	return waitUntil("the server is gone", func() bool {
		_, err := os.Stat(filepath.Join(p.data, "postmaster.pid")) // which it removes last
		return os.IsNotExist(err)
	})
}

// Kill kills all processes of the server, which tell nobody, and waits until they are gone.
func (p *Postgres) Kill() error {
	pids, err := p.signal(sigStop) // so that they do not see each other end
	if err != nil {
		return err
	}
	for _, pid := range pids {
		_ = sendSignal(pid, syscall.SIGKILL)
	}
	if err := waitUntil("the server is gone", func() bool {
		return !slices.ContainsFunc(pids, Lives)
	}); err != nil {
		return err
	}
	// Until somebody waits for the processes their numbers are taken, and a server that starts believes its locks.
	locks, _ := filepath.Glob(filepath.Join(filepath.Dir(p.data), ".s.PGSQL.*.lock"))
	for _, lock := range append(locks, filepath.Join(p.data, "postmaster.pid")) {
		err = cmp.Or(err, os.Remove(lock))
	}
	return err
}

// Restart starts the server again on the same port after Crash or Kill, and waits until it answers.
func (p *Postgres) Restart() error { return p.script("restart", p.data) }

// Pause has all processes of the server stand still, with their connections, until Resume.
func (p *Postgres) Pause() error {
	pids, err := p.signal(sigStop)
	return cmp.Or(err, paused(pids...))
}

// Resume ends Pause.
func (p *Postgres) Resume() error { _, err := p.signal(sigCont); return err }

// signal sends a signal to all processes of the server, and returns their numbers.
func (p *Postgres) signal(sig syscall.Signal) (pids []int, err error) {
	pid, err := p.pid()
	if err == nil {
		err = sendSignal(pid, sig) // first, so that it starts no others
	}
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	pids = append(pids, pid)
	for field := range strings.FieldsSeq(string(text)) {
		child, _ := strconv.Atoi(field)
		pids = append(pids, child)
		_ = sendSignal(child, sig) // it may have ended
	}
	return pids, err
}

// pid returns the number of the process that has started the others.
func (p *Postgres) pid() (int, error) {
	text, err := os.ReadFile(filepath.Join(p.data, "postmaster.pid"))
	line, _, _ := strings.Cut(string(text), "\n")
	pid, parseErr := strconv.Atoi(line)
	return pid, cmp.Or(err, parseErr)
}

func (p *Postgres) script(args ...string) error {
	path, err := find("scripts/postgres-server.sh")
	if err != nil {
		return err
	}
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("postgres-server.sh %s: %w: %s", args[0], err, out)
	}
	return nil
}
