package redisstore

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"go.uber.org/goleak"

	"github.com/atomicsession/atomicsession/internal/storetest"
)

// address is that of the server all tests share that do not break it.
var address string

// closing are the goroutines that the cluster client leaves asleep for some seconds after its Close.
var closing = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient)._refresh.func2"),
	goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"),
}

func TestMain(m *testing.M) {
	storetest.Main(m, start, func() error { return goleak.Find(closing...) })
}

// start finds the server that tests share: that of REDIS_URL, or one of their own.
func start() (stop func(), err error) {
	if url := os.Getenv("REDIS_URL"); url != "" {
		opt, err := rueidis.ParseURL(url)
		if err != nil {
			return nil, fmt.Errorf("REDIS_URL: %w", err)
		}
		address = opt.InitAddress[0]
		return func() {}, nil
	}
	s, err := startServer()
	if err != nil {
		return nil, err
	}
	address = s.addr
	return s.remove, nil
}

// server is a redis-server of our own on a random port, without persistence.
type server struct {
	addr string
	dir  string
	args []string
	// sentinel, if not "", is the configuration of a sentinel, which this server then is.
	sentinel string

	cmd   *exec.Cmd
	done  chan struct{}
	guard *exec.Cmd
}

func startServer(args ...string) (*server, error) { return (&server{args: args}).startAnywhere() }

func (s *server) startAnywhere() (_ *server, err error) {
	if s.dir, err = os.MkdirTemp("", "redisstore"); err != nil {
		return nil, err
	}
	for range 5 { // another process may take the port first
		if err = s.start(freePort()); err == nil {
			return s, nil
		}
	}
	s.remove()
	return nil, fmt.Errorf("redis-server does not start (Debian: apt-get install redis-server): %w", err)
}

// start runs the server on the port until it answers.
func (s *server) start(port int) error {
	s.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", s.dir}
	if s.sentinel == "" {
		args = append(args, "--save", "", "--appendonly", "no")
	} else { // it keeps what it learns in its configuration
		conf := filepath.Join(s.dir, "sentinel.conf")
		if err := os.WriteFile(conf, []byte(s.sentinel), 0o600); err != nil {
			return err
		}
		args = append([]string{conf, "--sentinel"}, args...)
	}
	s.cmd = exec.Command("redis-server", append(args, s.args...)...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	s.done = done
	go func() {
		s.cmd.Wait()
		close(done)
	}()
	if err := s.startGuard(); err != nil {
		s.stop()
		return err
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		select {
		case <-done:
			s.stop()
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("it ended: %s", text)
		default:
		}
		if answers(s.addr) {
			return nil
		}
	}
	s.stop()
	return errors.New("it does not answer")
}

// answers reports whether a server of Redis is there, even if it wants a password or is loading.
func answers(addr string) bool {
	c, err := net.DialTimeout("tcp", addr, time.Second)
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

// restart runs the server again on the same port.
func (s *server) restart(t *testing.T) {
	t.Helper()
	_, port, _ := net.SplitHostPort(s.addr)
	n, _ := strconv.Atoi(port)
	if err := s.start(n); err != nil {
		t.Fatal(err)
	}
}

// startGuard runs a process that kills the server if this one ends without doing so: its standard input ends then.
func (s *server) startGuard() error {
	s.guard = exec.Command("sh", "-c", fmt.Sprintf("cat >/dev/null; kill -9 %d", s.cmd.Process.Pid))
	if _, err := s.guard.StdinPipe(); err != nil {
		return err
	}
	return s.guard.Start()
}

// stop kills the server and waits for its end.
func (s *server) stop() {
	if s.guard != nil && s.guard.Process != nil {
		s.guard.Process.Kill()
		s.guard.Wait()
	}
	s.cmd.Process.Kill()
	<-s.done
}

func (s *server) remove() {
	if s.cmd != nil && s.cmd.Process != nil {
		s.stop()
	}
	os.RemoveAll(s.dir)
}

func freePort() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// newServer returns a server for one test.
func newServer(t testing.TB, args ...string) *server {
	t.Helper()
	return (&server{args: args}).open(t)
}

func (s *server) open(t testing.TB) *server {
	t.Helper()
	if _, err := s.startAnywhere(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			t.Logf("end of the log of %s:\n%s", s.addr, text[max(0, len(text)-2000):])
		}
		s.remove()
	})
	return s
}

// signal sends a signal to the server's process.
func (s *server) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// waitForReplica waits until a replica of the server has received something: one that is online need not be there yet.
func waitForReplica(t *testing.T, addr string) {
	t.Helper()
	admin := newClient(t, addr)
	waitUntil(t, "a replica receives what is written", func() bool {
		replica := info(t, admin, "replication")["slave0"]
		return strings.Contains(replica, "state=online") && strings.Contains(replica, ",offset=") && !strings.Contains(replica, ",offset=0,")
	})
}
