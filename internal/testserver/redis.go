package testserver

import (
	"bytes"
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Redis is a server of Redis for tests, on a free port of 127.0.0.1 and without persistence unless its options say otherwise: the
// program that the environment variable REDIS_SERVER names, redis-server if it names none. It dies with this process.
type Redis struct {
	// Addr is its host and port.
	Addr string
	// Options are those of the command line. Restart starts it with what they are by then.
	Options []string

	dir      string
	sentinel string // if not "", the configuration of the sentinel that it is
	master   *Redis // if not nil, the one whose replica it becomes when it starts
	process  *process
}

// StartRedis starts a server and waits until it answers. Call Remove in the end.
func StartRedis(options ...string) (*Redis, error) { return (&Redis{Options: options}).startAnywhere() }

// NewRedis is [StartRedis] for one test, which ends if there is no server, and at whose end it is removed. If the test has failed, the
// end of the server's log is shown.
func NewRedis(tb testing.TB, options ...string) *Redis {
	tb.Helper()
	return (&Redis{Options: options}).open(tb)
}

// NewReplica returns a replica of the master for one test, once it receives what is written.
func NewReplica(tb testing.TB, master *Redis, options ...string) *Redis {
	tb.Helper()
	r := (&Redis{Options: options, master: master}).open(tb)
	_, err := master.Ask("SET", "written", "1") // else there is nothing to receive
	if err = cmp.Or(err, master.WaitForReplica()); err != nil {
		tb.Fatal(err)
	}
	return r
}

func (r *Redis) open(tb testing.TB) *Redis {
	tb.Helper()
	if _, err := r.startAnywhere(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		logEnd(tb, r.Addr, r.log())
		r.Remove()
	})
	return r
}

func (r *Redis) startAnywhere() (_ *Redis, err error) {
	if r.dir, err = os.MkdirTemp("", "redis"); err != nil {
		return nil, err
	}
	for range 5 { // another process may take the port first
		r.Addr = net.JoinHostPort("127.0.0.1", FreePort())
		if err = r.Restart(); err == nil {
			return r, nil
		}
	}
	r.Remove()
	return nil, fmt.Errorf("no server (Debian: apt-get install redis-server): %w", err)
}

// Restart starts the server again after Kill, on the same port and with the same data if its options have it keep any, and waits until
// it answers.
func (r *Redis) Restart() error {
	args := []string{"--bind", "127.0.0.1", "--port", r.port(), "--dir", r.dir}
	if r.sentinel == "" {
		args = append(args, "--save", "", "--appendonly", "no")
	} else { // it keeps what it learns in its configuration
		config := filepath.Join(r.dir, "sentinel.conf")
		if err := os.WriteFile(config, []byte(r.sentinel), 0o600); err != nil {
			return err
		}
		args = append([]string{config, "--sentinel"}, args...)
	}
	if r.master != nil {
		args = append(args, "--replicaof", "127.0.0.1 "+r.master.port())
	}
	name := cmp.Or(os.Getenv("REDIS_SERVER"), "redis-server")
	var err error
	if r.process, err = startProcess(r.log(), name, append(args, r.Options...)...); err != nil {
		return err
	}
	err = waitUntil(name+" answers", func() bool { return r.process.ended() || r.answers() })
	if err == nil && r.process.ended() {
		text, _ := os.ReadFile(r.log())
		err = fmt.Errorf("%s has ended: %s", name, text)
	}
	if err != nil {
		r.Kill()
	}
	return err
}

// answers reports whether the server is there, even if it wants a password or is loading.
func (r *Redis) answers() bool {
	c, err := net.DialTimeout("tcp", r.Addr, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	if c.SetDeadline(time.Now().Add(time.Second)) != nil {
		return false
	}
	fmt.Fprint(c, "PING\r\n")
	var b [16]byte
	n, _ := c.Read(b[:])
	return n > 0
}

// Kill kills the server and waits until it is gone.
func (r *Redis) Kill() { r.process.kill() }

// Pause has the server stand still, with its connections, until Resume.
func (r *Redis) Pause() error {
	pid := r.process.cmd.Process.Pid
	return cmp.Or(sendSignal(pid, sigStop), paused(pid))
}

// Resume ends Pause.
func (r *Redis) Resume() error { return sendSignal(r.process.cmd.Process.Pid, sigCont) }

// Remove kills the server, if it runs, and removes what it has kept.
func (r *Redis) Remove() {
	if r.process != nil {
		r.Kill()
	}
	_ = os.RemoveAll(r.dir)
}

// Ask sends the server a command and returns the answer as redis-cli prints it.
func (r *Redis) Ask(command ...string) (string, error) {
	return redisCLI(append([]string{"-p", r.port(), "-e"}, command...)...)
}

// WaitForReplica waits until a replica of the server has received something: one that is online need not be there yet.
func (r *Redis) WaitForReplica() error {
	return waitUntil("a replica of "+r.Addr+" receives what is written", func() bool {
		text, _ := r.Ask("INFO", "replication")
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "slave") && strings.Contains(line, "state=online") && !strings.Contains(line, ",offset=0,") {
				return true
			}
		}
		return false
	})
}

func (r *Redis) log() string { return filepath.Join(r.dir, "log") }

func (r *Redis) port() string { return r.Addr[strings.LastIndexByte(r.Addr, ':')+1:] }

func redisCLI(args ...string) (string, error) {
	var failure bytes.Buffer
	cmd := exec.Command("redis-cli", args...)
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("redis-cli %s: %w: %s%s", strings.Join(args, " "), err, out, &failure)
	}
	return string(out), nil
}

// FreePort returns a port that nobody uses now.
func FreePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
