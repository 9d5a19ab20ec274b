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
	code := cli.Run(ctx, os.Args[1:], cli.Environment{Stdout: os.Stdout, Stderr: os.Stderr})
	os.Exit(code)
}
