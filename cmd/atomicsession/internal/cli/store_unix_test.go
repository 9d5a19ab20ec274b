//go:build unix

package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestInterruptedAtPipe interrupts a command that waits for somebody to write the URL of the store.
func TestInterruptedAtPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	time.AfterFunc(50*time.Millisecond, cancel)
	var errs bytes.Buffer
	status := make(chan int, 1)
	go func() {
		status <- Run(ctx, []string{"sweep", "--store-file", name}, Environment{Stdout: io.Discard, Stderr: &errs})
	}()
	select {
	case got := <-status:
		if got != exitInterrupted {
			t.Errorf("status %d, %q", got, errs.String())
		}
	case <-time.After(20 * time.Second):
		t.Error("it waits for the pipe")
	}
	end, err := os.OpenFile(name, os.O_RDWR, 0) // which lets go who still waits
	if err != nil {
		t.Fatal(err)
	}
	end.Close()
}
