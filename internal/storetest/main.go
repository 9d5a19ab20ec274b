package storetest

import (
	"fmt"
	"os"
	"testing"
)

// Main is the TestMain of a package whose tests share a server. leaks finds goroutines that are left when all is over.
func Main(m *testing.M, start func() (stop func(), err error), leaks func() error) {
	os.Exit(run(m, start, leaks))
}

func run(m *testing.M, start func() (stop func(), err error), leaks func() error) int {
	stop, err := start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	stop()
	if code != 0 {
		return code
	}
	if err := leaks(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
