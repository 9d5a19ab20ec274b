package testserver

import (
	"bytes"
	"cmp"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// MySQL is a MariaDB server that a test has for itself. What it acknowledges survives Kill.
type MySQL struct {
	URL  string // as Go's driver reads it, of a user who may do everything
	data string // its folder
}

// NewMySQL starts a server that the test's end stops. env is for scripts/mariadb-server.sh. If the test has failed, the end of the
// server's log is shown.
func NewMySQL(tb testing.TB, env ...string) *MySQL {
	tb.Helper()
	server, err := Start("mariadb-server.sh", env...)
	if err != nil {
		tb.Fatal(err)
	}
	m := &MySQL{URL: server.URI}
	tb.Cleanup(func() {
		logEnd(tb, m.Addr(), filepath.Join(m.folder(), "log"))
		if err := server.Stop(); err != nil {
			tb.Error(err)
		}
	})
	if m.data, err = m.Ask("SELECT @@datadir"); err != nil {
		tb.Fatal(err)
	}
	return m
}

// MySQLURL returns what Go's driver reads, user:password@tcp(address)/database, as the URL mysql://user:password@address/database.
func MySQLURL(text string) *url.URL {
	at := strings.LastIndex(text, "@tcp(")
	user, password, _ := strings.Cut(text[:max(0, at)], ":")
	address, rest, found := strings.Cut(text[at+1:], ")/")
	address, isTCP := strings.CutPrefix(address, "tcp(")
	if !found || !isTCP {
		panic("no URL of a MySQL server over TCP with a database") // in MYSQL_URL
	}
	database, _, _ := strings.Cut(rest, "?")
	return &url.URL{Scheme: "mysql", User: url.UserPassword(user, password), Host: address, Path: "/" + database}
}

// Addr returns the server's host and port.
func (m *MySQL) Addr() string { return MySQLURL(m.URL).Host }

// Ask returns what the program mariadb prints for the statements, without the last line's end.
func (m *MySQL) Ask(sql string) (string, error) {
	u := MySQLURL(m.URL)
	cmd := exec.Command("mariadb", "--no-defaults", "--protocol=tcp", "--host="+u.Hostname(), "--port="+u.Port(), "--user="+u.User.Username(),
		"--default-character-set=utf8mb4", "--batch", "--skip-column-names", "sessions")
	password, _ := u.User.Password()
	cmd.Env = append(os.Environ(), "MYSQL_PWD="+password)
	cmd.Stdin = strings.NewReader(sql)
	var failure bytes.Buffer
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("mariadb: %s: %w: %s", sql, err, &failure)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// Kill kills the server, which tells nobody, and waits until it is gone.
func (m *MySQL) Kill() error {
	pid, err := m.signal(syscall.SIGKILL)
	if err != nil {
		return err
	}
	return waitUntil("the server is gone", func() bool { return !Lives(pid) })
}

// Restart starts the server again on the same port after Kill, and waits until it answers.
func (m *MySQL) Restart() error {
	path, err := find("scripts/mariadb-server.sh")
	if err != nil {
		return err
	}
	if out, err := exec.Command(path, "restart", m.data).CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-server.sh restart: %w: %s", err, out)
	}
	return nil
}

// Pause has the server stand still, with its connections, until Resume.
func (m *MySQL) Pause() error {
	pid, err := m.signal(sigStop)
	return cmp.Or(err, paused(pid))
}

// Resume ends Pause.
func (m *MySQL) Resume() error { _, err := m.signal(sigCont); return err }

// signal sends the server a signal, and returns the number of its process.
func (m *MySQL) signal(sig syscall.Signal) (pid int, err error) {
	text, err := os.ReadFile(filepath.Join(m.folder(), "pid"))
	if err == nil {
		pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	if err == nil {
		err = sendSignal(pid, sig)
	}
	return pid, err
}

// folder is where the server's script keeps all that is the server's.
func (m *MySQL) folder() string { return filepath.Dir(filepath.Clean(m.data)) }
