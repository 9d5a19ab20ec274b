// Command atomicsession shows atomic sessions at work and looks after their stores. Run it without arguments for its
// commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	info, err := os.Stderr.Stat()
	os.Exit(cli.Run(ctx, os.Args[1:], cli.Environment{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv:   os.Getenv,
		Terminal: err == nil && info.Mode()&os.ModeCharDevice != 0,
	}))
}
