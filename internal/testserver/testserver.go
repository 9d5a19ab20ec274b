// Package testserver starts servers for tests by the scripts of this repository.
package testserver

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Server is a server that a script keeps running.
type Server struct {
	// URI is where it listens: the first line that the script printed.
	URI    string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
}

// Start runs "scripts/NAME serve" and waits for the line that says where the server listens. The server lives until Stop is
// called or this process ends, however it ends: the script waits for the end of its standard input. env is added to
// the environment. What the script writes to its standard error goes to this process's.
func Start(name string, env ...string) (*Server, error) {
	script, err := find(filepath.Join("scripts", name))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(script, "serve")
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Server{cmd: cmd, stdin: stdin, stdout: bufio.NewReader(stdout)}
	line, readErr := s.stdout.ReadString('\n')
	s.URI = strings.TrimSpace(line)
	if readErr != nil {
		return nil, fmt.Errorf("%s serve: %w", script, errors.Join(s.Stop(), readErr))
	}
	return s, nil
}

// Use returns the URL of a server that tests are to use: what the environment variable holds or, if it is empty, that of a server
// which Start starts with the script and stop stops.
func Use(variable, name string, env ...string) (url string, stop func(), err error) {
	if url = os.Getenv(variable); url != "" {
		return url, func() {}, nil
	}
	s, err := Start(name, env...)
	if err != nil {
		return "", nil, fmt.Errorf("no server: set %s to the URL of one, or see above why none could be started: %w", variable, err)
	}
	return s.URI, func() {
		if err := s.Stop(); err != nil {
			fmt.Fprintf(os.Stderr, "the server of %s did not stop: %v\n", name, err)
		}
	}, nil
}

// Serve is [Use] for one test: the server lives until its end, and without one the test fails.
func Serve(tb testing.TB, variable, name string, env ...string) (url string) {
	tb.Helper()
	url, stop, err := Use(variable, name, env...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(stop)
	return url
}

// Do has the script do what the line asks for, and waits until it has: scripts/mongo-server.sh says what it can do.
func (s *Server) Do(line string) error {
	if _, err := fmt.Fprintln(s.stdin, line); err != nil {
		return err
	}
	if _, err := s.stdout.ReadString('\n'); err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	return nil
}

// Stop stops the server and waits until it is gone.
func (s *Server) Stop() error {
	_ = s.stdin.Close()
	return s.cmd.Wait()
}

// find looks for the file in the current folder, where a test runs in that of its package, and in those above it.
func find(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("%s: %w here and above", name, os.ErrNotExist)
		}
		dir = parent
	}
}
