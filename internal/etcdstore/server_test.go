package etcdstore

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/atomicsession/atomicsession/drivertest/linearizable"
)

// server is where the server of all tests listens.
var server string

func TestMain(m *testing.M) {
	if linearizable.IsChild() {
		os.Exit(m.Run())
	}
	os.Exit(withServer(m.Run))
}

// withServer runs a private server while run does. It dies with this process, however that ends.
func withServer(run func() int) int {
	dir, err := os.MkdirTemp("", "etcdstore")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	client, peer := freePort(), freePort()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		panic(err)
	}
	etcd := exec.Command("etcd", "--data-dir", filepath.Join(dir, "data"), "--unsafe-no-fsync", "--max-request-bytes", "16777216",
		"--listen-client-urls", "http://"+client, "--advertise-client-urls", "http://"+client,
		"--listen-peer-urls", "http://"+peer, "--initial-advertise-peer-urls", "http://"+peer, "--initial-cluster", "default=http://"+peer)
	etcd.Stdout, etcd.Stderr = log, log
	runtime.LockOSThread() // at whose end the signal comes
	etcd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := etcd.Start(); err != nil {
		panic(err)
	}
	defer func() { _ = etcd.Process.Kill(); _ = etcd.Wait() }()
	if err := answers(client); err != nil {
		text, _ := os.ReadFile(log.Name())
		panic(fmt.Sprintf("etcd does not answer: %v\n%s", err, text))
	}
	server = client
	return run()
}

// freePort returns an address on which nobody listens.
func freePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		panic(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// answers waits until the server does.
func answers(address string) error {
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{address}, Logger: zap.NewNop()})
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = client.Get(ctx, "ready")
	return err
}

var prefixes atomic.Int64

// freshPrefix returns a prefix of keys that nobody has used.
func freshPrefix() string { return fmt.Sprintf("test%d/", prefixes.Add(1)) }

// connect returns a client of the store at the address.
func connect(tb testing.TB, address, prefix string) *Store {
	tb.Helper()
	s, err := Open(prefix, address)
	return closed(tb, s, err)
}

// connectQuiet is connect for a client that meets faults.
func connectQuiet(tb testing.TB, address, prefix string) *Store {
	tb.Helper()
	s, err := open(prefix, []string{address}, dialQuiet, grpc.WithInitialWindowSize(64<<20), grpc.WithInitialConnWindowSize(64<<20))
	return closed(tb, s, err)
}

// closed closes the store at the end of the test.
func closed(tb testing.TB, s *Store, err error) *Store {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}
