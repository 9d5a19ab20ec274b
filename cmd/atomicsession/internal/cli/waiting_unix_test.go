//go:build unix

package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterruptedAtFile interrupts commands while a named pipe that nobody writes to keeps them from opening a file.
func TestInterruptedAtFile(t *testing.T) {
	for _, args := range [][]string{
		{"sessions", "--user", "ada", "--store-file", "PIPE"},
		{"sweep", "--timeout", "1m", "--store-file", "PIPE"},
		{"demo", "--store-file", "PIPE", "--addr", "127.0.0.1:0"},
		{"demo", "--store", "memory:", "--addr", "127.0.0.1:0", "--tls-cert", "PIPE", "--tls-key", "missing.pem"},
	} {
		pipe := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		line := strings.Join(args, " ")
		for i, arg := range args {
			if arg == "PIPE" {
				args[i] = pipe
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var errs bytes.Buffer
		status := make(chan int, 1)
		go func() { status <- Run(ctx, args, Environment{Stdout: io.Discard, Stderr: &errs}) }()
		time.Sleep(50 * time.Millisecond)
		cancel()
		select {
		case got := <-status:
			if got != exitInterrupted || strings.Count(errs.String(), "\n") != 1 {
				t.Errorf("%s: status %d, %q", line, got, errs.String())
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s: it goes on waiting", line)
		}
		release(t, pipe)
	}
}

// release lets a command go that still waits for the pipe: what an interruption leaves behind is to come to its end in a test.
func release(t *testing.T, pipe string) {
	t.Helper()
	for range 100 {
		w, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err == nil {
			err = w.Close()
		}
		if err == nil {
			return
		}
		if !errors.Is(err, syscall.ENXIO) {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond) // nobody waits, yet or at all
	}
}
