package etcdstore

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"

	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// server is where the server of all tests listens.
var server string

func TestMain(m *testing.M) {
	if linearizable.IsChild() {
		os.Exit(m.Run())
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	address, stop, err := testserver.Use("ETCD_ADDRESS", "etcd-server.sh")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer stop()
	server = address
	return m.Run()
}

var prefixes atomic.Int64

// freshPrefix returns a prefix of keys that nobody has used.
func freshPrefix() string { return fmt.Sprintf("test-%d-%d/", os.Getpid(), prefixes.Add(1)) }

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
