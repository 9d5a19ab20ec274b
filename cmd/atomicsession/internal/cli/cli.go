// Package cli is the command atomicsession. It uses package flag alone: three small commands need no more.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
)

// Environment is what a command works with.
type Environment struct {
	Stdout, Stderr io.Writer
}

// command is one subcommand.
type command struct {
	name, synopsis, summary string
	// define registers the flags and returns what runs once they are set.
	define func(*flag.FlagSet, Environment) func(context.Context) error
}

var commands = []command{
	{"demo", "[--addr HOST:PORT] [--store URL] [--tls-cert FILE --tls-key FILE]", "serve the demo in a browser", demoCommand},
	{"sweep", "--store URL", "remove expired sessions", sweepCommand},
	{"sessions", "--store URL --user USER [--revoke ID | --revoke-all]", "list or end a user's sessions", sessionsCommand},
	{"version", "", "print the version", versionCommand},
}

// errUsage is a mistake in the command line that has been told already.
var errUsage = errors.New("usage")

// Run runs the command line until it is done or ctx ends, and returns the exit status.
func Run(ctx context.Context, args []string, env Environment) int {
	err := run(ctx, args, env)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintf(env.Stderr, "atomicsession: %v\n", err)
	return 1
}

func run(ctx context.Context, args []string, env Environment) error {
	if len(args) == 0 {
		usage(env.Stderr)
		return errUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(env.Stdout)
		return nil
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(ctx, args[1:], env)
		}
	}
	fmt.Fprintf(env.Stderr, "atomicsession: unknown command %q\n\n", args[0])
	usage(env.Stderr)
	return errUsage
}

func (c command) run(ctx context.Context, args []string, env Environment) error {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(env.Stderr)
	flags.Usage = func() {
		fmt.Fprintf(env.Stderr, "atomicsession %s %s\n\n%s.\n\n", c.name, c.synopsis, c.summary)
		flags.PrintDefaults()
	}
	work := c.define(flags, env)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(env.Stderr, "atomicsession %s: unexpected argument %q\n", c.name, flags.Arg(0))
		return errUsage
	}
	return work(ctx)
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "Command atomicsession shows atomic sessions at work and looks after their stores.")
	fmt.Fprintln(w)
	for _, c := range commands {
		fmt.Fprintf(w, "  atomicsession %s %s\n        %s\n", c.name, c.synopsis, c.summary)
	}
	fmt.Fprintf(w, "\nStores:%s\n", storeurl.Usage())
}

func versionCommand(_ *flag.FlagSet, env Environment) func(context.Context) error {
	return func(context.Context) error {
		version := "unknown"
		if info, ok := debug.ReadBuildInfo(); ok {
			version = info.Main.Version
		}
		_, err := fmt.Fprintln(env.Stdout, "atomicsession", version)
		return err
	}
}
